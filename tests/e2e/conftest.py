"""Districts for the tests, with their logs when a test fails."""

import pytest

from district import District


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    outcome = yield
    report = outcome.get_result()
    if report.when == "call" and report.failed:
        for district in getattr(item, "districts", []):
            report.sections.append(("logs of the district", district.logs()))


@pytest.fixture
def make_district(request, tmp_path):
    """make_district(registry=rows, …) gives a District, not started; it ends with the test."""
    request.node.districts = []

    def make(**options):
        folder = tmp_path / f"district-{len(request.node.districts)}"
        folder.mkdir()
        made = District(folder, **options)
        request.node.districts.append(made)
        return made

    yield make
    for made in request.node.districts:
        made.close()
