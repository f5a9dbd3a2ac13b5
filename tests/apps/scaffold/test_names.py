import pickle

import pytest

from apps.scaffold import AppNames, MalformedName, NameTaken, usable_names
from apps.scaffold.render import class_names

WORDS = (
    "expected 1 to 32 lower case letters, digits and single underscores between them, a letter first: it names the "
    "package, the application and its table in a scenario (--into names the folder to write into)"
)


def refusal_of(name, taken=None):
    with pytest.raises((MalformedName, NameTaken)) as caught:
        usable_names(name, taken or {}, class_names())
    return str(caught.value)


@pytest.mark.parametrize(
    "name",
    [
        "games/lottery",
        "",
        "Lottery",
        "9lives",
        "lot-tery",
        "_lot",
        "lot_",
        "a__b",
        "lot tery",
        "löt",
        "a" * 33,
        "..",
    ],
)
def test_a_name_of_other_letters_is_refused_with_the_rule(name):
    assert refusal_of(name) == f"malformed-name: got {name!r}, {WORDS}"


@pytest.mark.parametrize("name", ["lottery", "a", "a1", "spectrum_pool_2", "a" * 32])
def test_lower_case_letters_digits_and_single_underscores_make_a_name(name):
    assert usable_names(name, {}, class_names()).name == name


@pytest.mark.parametrize(
    ("name", "has_it"),
    [
        ("lambda", "a keyword of Python"),
        ("json", "a module of Python's standard library"),
        ("bank", "an application of the ledger itself"),
        ("tests", "a folder beside the package"),
        ("chain", "an installed module"),
        ("numpy", "an installed module"),
        ("round", "written Round as a class, and the application's modules have another Round"),
        ("exception", "written Exception as a class, and the application's modules have another Exception"),
    ],
)
def test_a_name_that_something_has_is_refused_and_what_has_it_is_said(name, has_it):
    assert (
        refusal_of(name)
        == f"name-taken: got {name!r}, which is {has_it}; expected a name that nothing else has"
    )


def test_names_that_the_caller_reserves_are_refused():
    assert "which is a key of every scenario" in refusal_of("network", {"network": "a key of every scenario"})


def test_the_name_of_an_installed_distribution_is_refused(tmp_path, monkeypatch):
    folder = tmp_path / "hertzchain_spectrum_pool-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: hertzchain-spectrum-pool\nVersion: 1.0\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert "an installed distribution" in refusal_of("spectrum_pool")


def test_a_folder_without_modules_does_not_take_a_name(tmp_path, monkeypatch):
    (tmp_path / "raffle_day").mkdir()
    monkeypatch.syspath_prepend(str(tmp_path))
    assert usable_names("raffle_day", {}, class_names()).name == "raffle_day"


def test_all_names_are_made_from_one():
    names = AppNames("spectrum_pool")
    assert names.title == "Spectrum pool"
    assert names.class_name == "SpectrumPool"
    assert names.constant == "SPECTRUM_POOL"
    assert names.hyphenated == "spectrum-pool"
    assert names.distribution == "hertzchain-spectrum-pool"


def test_refusals_survive_a_process_pool():
    for error in (MalformedName("a/b"), NameTaken("json", "a module")):
        assert str(pickle.loads(pickle.dumps(error))) == str(error)
