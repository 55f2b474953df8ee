"""Opens RocksDB: raw keys, Bloom filters, one cache for blocks and their index, lz4."""

from pathlib import Path

from rocksdict import AccessType, BlockBasedOptions, Cache, DBCompressionType, Options, Rdict

MIB = 1 << 20


def opened(folder: Path, *, cache_mib: int, buffer_mib: int, keep_s: float | None = None) -> Rdict:
    """The database in ``folder``, with so much memory for blocks and for each buffer of writes.

    Entries go by themselves after ``keep_s`` seconds. Raises what RocksDB raises; ``in_use`` tells why.
    """
    folder.mkdir(parents=True, exist_ok=True)
    options = _options(cache_mib, buffer_mib)
    if keep_s is None:
        return Rdict(str(folder), options)
    return Rdict(str(folder), options, access_type=AccessType.with_ttl(max(1, int(keep_s))))


def in_use(problem: Exception) -> bool:
    """Whether a database cannot be opened because another process has it."""
    return "lock" in str(problem).lower()


def _options(cache_mib: int, buffer_mib: int) -> Options:
    table = BlockBasedOptions()
    table.set_bloom_filter(10, False)
    table.set_block_cache(Cache(cache_mib * MIB))
    table.set_cache_index_and_filter_blocks(True)
    options = Options(raw_mode=True)
    options.create_if_missing(True)
    options.set_block_based_table_factory(table)
    options.set_compression_type(DBCompressionType.lz4())
    options.set_write_buffer_size(buffer_mib * MIB)
    options.set_max_write_buffer_number(3)
    options.set_keep_log_file_num(2)
    return options
