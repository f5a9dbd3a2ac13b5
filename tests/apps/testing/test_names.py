"""What `apps.testing` offers is what is meant, whatever was imported before."""

import pkgutil

import apps.testing


def test_no_module_is_called_like_what_the_package_offers() -> None:
    # Importing a module binds it to its package: from then on `from apps.testing import NAME` would give the module.
    modules = {module.name for module in pkgutil.iter_modules(apps.testing.__path__)}
    assert set(apps.testing.__all__) & modules == set()
