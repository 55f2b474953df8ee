"""Settings: environment variables or ``.env`` with the prefix KEFU_, read once and handed in as a frozen value."""

from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from schemas.errors import Misconfigured

LOOPBACK = ("127.0.0.1", "localhost", "::1")
PARTS = ("kafka", "clickhouse", "flink", "business")


class Settings(BaseSettings):
    """Every setting of kefu. Each field's description is its documentation."""

    model_config = SettingsConfigDict(env_prefix="KEFU_", env_file=".env", frozen=True, extra="ignore")

    home: Path = Field(Path(".kefu"), description="folder of all state; removed by `make clean-state`")
    embedded: str = Field(
        "kafka,clickhouse,flink,business",
        description="what `make run` starts itself; without flink no monitoring; business is the sample ERP",
    )
    kafka: str = Field("127.0.0.1:9092", description="bootstrap servers, host:port, comma-separated")
    partitions: int = Field(12, ge=1, le=1000, description="partitions of every topic; cannot shrink once topics exist")
    replication: int = Field(1, ge=1, le=7, description="replicas of every topic; 3 in a cluster")
    delivery: Literal["exactly_once", "at_least_once"] = Field(
        "exactly_once", description="in transactions, or faster and with repeats after a kill"
    )
    state: Literal["memory", "disk"] = Field(
        "memory", description="where conversations stand beside Kafka; disk for more than fit into memory"
    )
    worker: str = Field(
        "1", pattern=r"^[\w.-]{1,64}$", description="this worker's name among its like; keep it over restarts"
    )
    commit_ms: int = Field(100, ge=5, le=10_000, description="milliseconds between a worker's commits")
    secret: str = Field(
        "", repr=False, description="seals personal data, the same for all processes; empty makes one in KEFU_HOME"
    )
    clickhouse_url: str = Field("http://127.0.0.1:8123", description="ClickHouse's HTTP interface")
    clickhouse_user: str = Field("default", description="ClickHouse user")
    clickhouse_password: str = Field("", repr=False, description="password of that user")
    clickhouse_database: str = Field("kefu", pattern=r"^[A-Za-z_]\w*$", description="ClickHouse database")
    ollama_urls: str = Field("http://127.0.0.1:11434", description="Ollama servers, comma-separated; empty means none")
    model: str = Field("qwen2.5:7b", description="the model that answers")
    fallback_model: str = Field("", description="the model that answers when that one cannot")
    vision_model: str = Field("", description="the model that answers questions with images")
    embedding_model: str = Field("", description="the model that embeds, to find knowledge by its meaning; empty: none")
    embedding_ms: int = Field(
        150, ge=10, le=5000, description="milliseconds that messages wait for their embedding, then go on without"
    )
    model_slots: int = Field(4, ge=1, le=256, description="questions in flight per Ollama server")
    model_timeout_s: float = Field(60.0, gt=0, le=3600, description="seconds that one answer may take")
    model_first_token_s: float = Field(20.0, gt=0, le=3600, description="seconds to its first token, loading included")
    model_silence_s: float = Field(10.0, gt=0, le=3600, description="seconds that an answer may pause in the middle")
    answer_deadline_s: float = Field(
        90.0, gt=0, le=3600, description="seconds after which a question is not put to a model"
    )
    redis_url: str = Field("", repr=False, description="Redis that shares cached answers among workers; empty: none")
    cache_days: float = Field(7.0, ge=0, le=365, description="days that a cached answer lives; 0 caches none")
    burst_ms: int = Field(
        0, ge=0, le=30_000, description="milliseconds that a message waits for more, to answer them together; 0: not"
    )
    burst_messages: int = Field(8, ge=1, le=50, description="messages that one answer may be to")
    memory_days: float = Field(7.0, gt=0, le=3650, description="days after which a silent conversation is forgotten")
    prompt_tokens: int = Field(2000, ge=500, le=1_000_000, description="about so many tokens a prompt may have")
    tool_deadline_s: float = Field(20.0, gt=0, le=3600, description="seconds that a business system may take")
    handover_wait_s: float = Field(
        600.0, gt=0, le=604_800, description="seconds in which a person who is called has to take the conversation"
    )
    handover_silence_s: float = Field(
        1800.0, gt=0, le=604_800, description="seconds without a word of the person after which the bot goes on"
    )
    handover_failures: int = Field(
        3, ge=0, le=100, description="answers in a row that say nothing after which a person is called; 0: never"
    )
    business_url: str = Field(
        "http://127.0.0.1:8010", description="the business system that the tools call: orders, returns, invoices"
    )
    business_token: str = Field("", repr=False, description="token that the business system asks for; empty means none")
    tools_at_once: int = Field(32, ge=1, le=4096, description="calls of business systems in flight per tools worker")
    tools_scopes: str = Field(
        "*", description="scopes that tenants grant to tools, comma-separated; `*` all of them, empty none"
    )
    http_host: str = Field("127.0.0.1", description="address of the gateway; loopback only without authentication")
    http_port: int = Field(8000, ge=1, le=65535, description="port of the gateway")
    query_timeout_s: float = Field(30.0, gt=0, le=600, description="seconds that POST /v1/query waits for the answer")
    metrics_port: int = Field(0, ge=0, le=65535, description="port of a worker's metrics; 0 chooses a free one")
    catalog: Path | None = Field(None, description="folder of your intents, scripts and articles, or of packs of them")
    packs: str = Field("ecommerce", description="packs that are loaded, such as ecommerce,finance,medicine")
    sources: Path | None = Field(None, description="file of knowledge sources to keep in step with (docs/knowledge.md)")
    jars: Path | None = Field(None, description="folder of the fetched jars; default: beside the environment")
    stalled_s: float = Field(60.0, gt=0, le=3600, description="seconds of lag without progress that end a worker")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="least level that is logged")

    @field_validator("kafka")
    @classmethod
    def _addresses(cls, text: str) -> str:
        for address in text.split(","):
            host, _, port = address.strip().rpartition(":")
            if not host or not port.isdecimal() or not 0 < int(port) < 65536:
                raise ValueError(f"{address!r} is not host:port")
        return text

    @field_validator("clickhouse_url", "business_url")
    @classmethod
    def _url(cls, text: str) -> str:
        return _checked_url(text)

    @field_validator("ollama_urls")
    @classmethod
    def _urls(cls, text: str) -> str:
        for url in filter(None, (part.strip() for part in text.split(","))):
            _checked_url(url)
        return text

    @field_validator("redis_url")
    @classmethod
    def _redis(cls, url: str) -> str:
        if url and not url.startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("it does not begin with redis://, rediss:// or unix://")
        return url

    @field_validator("embedded")
    @classmethod
    def _known_parts(cls, text: str) -> str:
        unknown = [part for part in filter(None, text.replace(" ", "").split(",")) if part not in PARTS]
        if unknown:
            raise ValueError(f"{unknown[0]!r} is none of {', '.join(PARTS)}")
        return text

    @model_validator(mode="after")
    def _loopback_without_authentication(self) -> "Settings":
        if self.http_host not in LOOPBACK:
            raise ValueError(f"http_host {self.http_host!r} is not loopback, and no authentication is configured")
        return self

    @property
    def parts(self) -> frozenset[str]:
        return frozenset(filter(None, self.embedded.replace(" ", "").split(",")))

    @property
    def chosen_packs(self) -> tuple[str, ...]:
        return tuple(filter(None, (name.strip() for name in self.packs.split(","))))

    @property
    def servers(self) -> tuple[str, ...]:
        return tuple(filter(None, (url.strip().rstrip("/") for url in self.ollama_urls.split(","))))


def _checked_url(url: str) -> str:
    try:
        parts = urlsplit(url)
        known = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError as problem:
        raise ValueError(f"{url!r} is no address: {problem}") from None
    if not known or "," in parts.netloc:
        raise ValueError(f"{url!r} is not an http:// or https:// address")
    return url


def read() -> Settings:
    """The settings of this process. Raises Misconfigured with each wrong setting's name and reason."""
    try:
        return Settings()
    except ValidationError as problem:
        raise Misconfigured("\n".join(_reason(error) for error in problem.errors())) from None


def _reason(error: object) -> str:
    assert isinstance(error, dict)
    name = "_".join(str(part) for part in error["loc"]) or "http_host"
    reason = str(error["msg"]).removeprefix("Value error, ")
    return f"KEFU_{name.upper()}={error['input']!r}: {reason}" if error["loc"] else f"KEFU_{name.upper()}: {reason}"
