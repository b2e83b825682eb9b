"""Reads and writes through Feast's own FeatureStore; the server's clock stands at 2026-03-10."""
import sys
from datetime import datetime, timedelta, timezone

import pandas as pd
from feast import Entity, FeatureStore, FeatureView, Field, FileSource, PushSource, RepoConfig, ValueType
from feast.types import Float64, Int64, String

pd.DataFrame({
    "driver_id": [1], "event_timestamp": [pd.Timestamp("2026-03-01", tz="UTC")], "created": [pd.Timestamp("2026-03-01", tz="UTC")],
    "conv_rate": [0.0], "acc_rate": [0.0], "avg_daily_trips": [1], "city": ["x"],
}).to_parquet("offline.parquet")
store = FeatureStore(config=RepoConfig(
    project="conformance", provider="local", registry="registry.db", offline_store={"type": "file"},
    online_store={"type": "remote", "path": sys.argv[1]}, entity_key_serialization_version=3,
))
driver = Entity(name="driver", join_keys=["driver_id"], value_type=ValueType.INT64)
batch = FileSource(name="batch", path="offline.parquet", timestamp_field="event_timestamp", created_timestamp_column="created")
push = PushSource(name="driver_stats_push_source", batch_source=batch)
view = FeatureView(
    name="driver_hourly_stats", entities=[driver], ttl=timedelta(days=1), source=push,
    schema=[Field(name="conv_rate", dtype=Float64), Field(name="acc_rate", dtype=Float64),
            Field(name="avg_daily_trips", dtype=Int64), Field(name="city", dtype=String)],
)
store.apply([driver, view])
names = ["conv_rate", "acc_rate", "avg_daily_trips", "city"]


def ask(*drivers):
    found = store.get_online_features(
        features=[f"driver_hourly_stats:{name}" for name in names], entity_rows=[{"driver_id": d} for d in drivers],
    ).to_dict()
    return [[found[name][row] for name in names] for row in range(len(drivers))]


known, old, null, nobody = ask(1001, 1002, 1003, 1004)
assert known == [0.25, 1.0, 7, "Lyon"], known
assert old == [None] * 4, ("a value beyond its time to live", old)
assert null[1] is None and null[2] == 9 and null[3] is None, null
assert nobody == [None] * 4, nobody


def row(driver, hour, trips, city):
    moment = datetime(2026, 3, 9, hour, tzinfo=timezone.utc)
    return pd.DataFrame({
        "driver_id": [driver], "event_timestamp": [moment], "created": [moment],
        "conv_rate": [0.5], "acc_rate": [0.5], "avg_daily_trips": [trips], "city": [city],
    })


store.push("driver_stats_push_source", row(1010, 20, 42, "Rome"))
assert ask(1010)[0] == [0.5, 0.5, 42, "Rome"], ask(1010)
# An older event that is written later: in Feast's own stores it would win.
store.push("driver_stats_push_source", row(1010, 19, 1, "older"))
store.write_to_online_store("driver_hourly_stats", row(1010, 18, 2, "older"))
assert ask(1010)[0] == [0.5, 0.5, 42, "Rome"], ask(1010)
store.write_to_online_store("driver_hourly_stats", row(1011, 21, 5, "Oslo"))
assert [city for *_, city in ask(1011, 1010)] == ["Oslo", "Rome"]
print("all as expected")
