"""Profiles: the configuration that the engine opens with: its caches, its two roles, what the reader's may use."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

MIB = 1 << 20

# What a real server would have in its configuration: caches that fit a small machine, and a ceiling for all queries.
_SERVER = {
    "max_server_memory_usage": 2048 * MIB,
    "mark_cache_size": 32 * MIB,
    "index_mark_cache_size": 8 * MIB,
    "primary_index_cache_size": 16 * MIB,
    "query_condition_cache_size": 8 * MIB,
    "compiled_expression_cache_size": 16 * MIB,
    "parquet_metadata_cache_size": 8 * MIB,
    "vector_similarity_index_cache_size": 8 * MIB,
    "text_index_tokens_cache_size": 8 * MIB,
    "text_index_header_cache_size": 8 * MIB,
    "text_index_postings_cache_size": 8 * MIB,
}

# Kept for the days that a user may look back; the engine itself drops what is left of it when it starts.
_QUERY_LOG = """<query_log><database>system</database><table>query_log</table>
<ttl>event_date + INTERVAL 3 DAY DELETE</ttl>
<flush_interval_milliseconds>7500</flush_interval_milliseconds></query_log>"""

_BACKUPS = "<backups><allowed_path>/</allowed_path></backups>"
"""The owner may back up into any folder, as file() reads and writes any."""

PROFILE: Mapping[str, int] = {
    "final": 1,
    "max_threads": 2,
    "max_memory_usage": 1024 * MIB,
    "implicit_select": 0,
    "allow_introspection_functions": 0,
}
"""The default profile. The last two undo what chDB, as a shell, allows and a server does not."""

TAG = "chdb_client_name"
"""A setting without effect in which every session tells whose query it runs: the user, a blank, the query's id."""

_OPEN_TEXTS = (
    "bool_false_representation bool_true_representation compression count_distinct_implementation database "
    "default_format distributed_plan_force_exchange_kind errors_output_format "
    "exclude_materialize_skip_indexes_on_insert force_data_skipping_indices force_optimize_projection_name format "
    "format_csv_null_representation format_custom_field_delimiter format_custom_result_after_delimiter "
    "format_custom_result_before_delimiter format_custom_row_after_delimiter format_custom_row_before_delimiter "
    "format_custom_row_between_delimiter format_json_object_each_row_column_for_object_name format_regexp "
    "format_schema_message_name format_template_rows_between_delimiter format_tsv_null_representation "
    "framing_output_format function_implementation iceberg_metadata_compression_method "
    "ignore_data_skipping_indices input_format input_format_mysql_dump_table_name "
    "input_format_orc_reader_time_zone_name insert_deduplication_token local_filesystem_read_method log_comment "
    "metrics_perf_events_list mysql_datatypes_support_level network_compression_method output_format "
    "output_format_avro_codec output_format_avro_confluent_subject output_format_avro_string_column_pattern "
    "output_format_image_terminal_mode output_format_orc_writer_time_zone_name output_format_pretty_grid_charset "
    "output_format_sql_insert_table_name preferred_optimize_projection_name query_cache_tag "
    "remote_filesystem_read_method s3_upload_checksum_algorithm session_timezone stream_like_engine_insert_queue "
    "temporary_files_codec trace_profile_events_list"
)
OPEN_TEXTS = frozenset(_OPEN_TEXTS.split())
"""Settings of free text that a reader may change: none of them is read as SQL, a path, an address or a name."""

_CLOSED_TEXTS = (
    "additional_result_filter additional_table_filters ai_function_embedding_default_credentials "
    "ai_function_text_default_credentials chdb_client_name cluster_for_parallel_replicas "
    "column_names_for_schema_inference compatibility default_view_definer distributed_cache_client_id "
    "distributed_cache_file_cache_name filesystem_cache_name filter format_avro_schema_registry_url format_schema "
    "format_schema_source format_template_resultset format_template_resultset_format format_template_row "
    "format_template_row_format http_response_headers implicit_table_at_top_level "
    "input_format_record_errors_file_path order output_format_schema parallel_replicas_custom_key "
    "polyglot_dialect promql_database promql_table rename_files_after_processing s3_base "
    "s3queue_default_zookeeper_path schema_inference_hints select send_logs_source_regexp sort url_base workload"
)
CLOSED_TEXTS = frozenset(_CLOSED_TEXTS.split())
"""Settings that a reader must not change because SQL, a path, an address or a name is read from them."""

_SWITCHES = (
    "allow_ddl allow_introspection_functions allow_experimental_eval_table_function "
    "allow_experimental_kusto_dialect allow_experimental_polyglot_dialect allow_experimental_prql_dialect "
    "allow_get_client_http_header dialect enable_json_ast_dialect enable_trino_dialect "
    "input_format_values_interpret_expressions jemalloc_enable_profiler log_queries read_overflow_mode "
    "result_overflow_mode storage_file_read_method timeout_overflow_mode"
)
_CLOSED_SWITCHES = frozenset(_SWITCHES.split())


@dataclass(frozen=True, slots=True)
class Limits:
    """What one query of a reader may use: bytes of memory, seconds, rows and bytes read, rows and bytes answered."""

    memory: int = 512 * MIB
    seconds: int = 60
    read_rows: int = 1_000_000_000
    read_bytes: int = 16 << 30
    rows: int = 1_000_000
    result: int = 256 * MIB

    @property
    def settings(self) -> dict[str, int]:
        """The same as ClickHouse's settings."""
        return {
            "max_memory_usage": self.memory,
            "max_execution_time": self.seconds,
            "max_rows_to_read": self.read_rows,
            "max_bytes_to_read": self.read_bytes,
            "max_result_rows": self.rows,
            "max_result_bytes": self.result,
        }


@contextmanager
def configured(limits: Limits) -> Iterator[Path]:
    """The engine's configuration file, there as long as the block runs; the engine reads it once, when it opens."""
    with TemporaryDirectory(prefix="kefu-clickhouse-") as name:
        folder = Path(name)
        (folder / "users.xml").write_text(users(limits))
        (folder / "config.xml").write_text(
            f"<clickhouse><users_config>{folder / 'users.xml'}</users_config>{_elements(_SERVER)}{_QUERY_LOG}{_BACKUPS}"
            "</clickhouse>"
        )
        yield folder / "config.xml"


def users(limits: Limits) -> str:
    """The engine's users file. chDB knows one user; which of us asks is told by the role of the session."""
    return f"""<clickhouse>
<profiles>
<default>{_elements(PROFILE)}<readonly>0</readonly></default>
<viewer>{_elements(limits.settings)}<readonly>2</readonly>
<input_format_values_interpret_expressions>0</input_format_values_interpret_expressions>
<constraints>{_constraints(limits)}</constraints></viewer>
</profiles>
<roles>
<owner><grants><query>GRANT ALL ON *.* WITH GRANT OPTION</query></grants></owner>
<viewer><grants>
<query>GRANT SELECT, SHOW DATABASES, SHOW TABLES, SHOW COLUMNS, SHOW DICTIONARIES ON *.*</query>
<query>GRANT CREATE TEMPORARY TABLE ON *.*</query>
</grants></viewer>
</roles>
<users><default><password></password><networks><ip>::/0</ip></networks><profile>default</profile>
<quota>default</quota><grants><query>GRANT owner</query><query>GRANT viewer</query></grants></default></users>
<quotas><default/></quotas>
</clickhouse>"""


def _constraints(limits: Limits) -> str:
    bounds = {name: f"<min>1</min><max>{value}</max>" for name, value in limits.settings.items()}
    # The tag is ours to set in every session; the guard keeps a reader's hands off it.
    closed = sorted((CLOSED_TEXTS | _CLOSED_SWITCHES) - {TAG})
    return _elements(bounds | dict.fromkeys(closed, "<const/>"))


def _elements(values: Mapping[str, object]) -> str:
    return "".join(f"<{name}>{value}</{name}>" for name, value in values.items())
