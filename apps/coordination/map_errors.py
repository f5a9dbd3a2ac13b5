"""What the map mathematics refuses, and with which words."""

import reprlib


class MapError(ValueError):
    """Base of every refusal of the map mathematics."""


class BadMapInput(MapError):
    """An argument is not what it has to be. Args: parameter, got, expected."""

    def __str__(self) -> str:
        parameter, got, expected = self.args
        return f"{parameter}: got {reprlib.repr(got)}, expected {expected}"


class UnknownMethod(MapError):
    """Nothing has this name. Args: parameter, got, the nearest name or None, the names there are."""

    def __str__(self) -> str:
        parameter, got, nearest, names = self.args
        hint = f"; nearest is {nearest!r}" if nearest else ""
        return f"{parameter}: got {reprlib.repr(got)}, expected one of {', '.join(names)}{hint}"


class TooFewSites(MapError):
    """A map needs more measurements. Args: got, least."""

    def __str__(self) -> str:
        got, least = self.args
        return f"measurements: got {got}, expected at least {least}"


class SitesCoincide(MapError):
    """All measurements are at one place, which says nothing about any other. Args: count, x_m, y_m."""

    def __str__(self) -> str:
        count, x_m, y_m = self.args
        return f"measurements: got {count} at the one place ({x_m:g}, {y_m:g}) m, expected two places or more"


class AbsurdLevel(MapError):
    """A received level that no receiver reports. Args: index, got, lowest_dbm, highest_dbm."""

    def __str__(self) -> str:
        index, got, lowest, highest = self.args
        return f"values_dbm[{index}]: got {got:g}, expected a level from {lowest:g} to {highest:g} dBm"


class DuplicateSites(MapError):
    """Two measurements at one place and a variogram without nugget contradict each other. Args: x_m, y_m."""

    def __str__(self) -> str:
        x_m, y_m = self.args
        return (
            f"measurements: got more than one at ({x_m:g}, {y_m:g}) m and a variogram without nugget, "
            "expected a nugget or one measurement a place"
        )


class SingularSystem(MapError):
    """The kriging system cannot be solved in double precision. Args: the least conditional variance, of the sill."""

    def __str__(self) -> str:
        return (
            f"kriging system: got a site whose variance given the others is {self.args[0]:.1e} of the sill, expected "
            "more than 1e-14; a nugget, or sites further apart, helps"
        )


class VarianceRefused(MapError):
    """A prediction has no variances that mean anything. Args: the reason."""

    def __str__(self) -> str:
        return f"variance: {self.args[0]}"


class IndefiniteVariogram(VarianceRefused):
    """The variogram is not conditionally negative definite at the sites. Args: negative eigenvalues, sites."""

    def __str__(self) -> str:
        negative, sites = self.args
        return (
            f"variance: got a variogram with {negative} negative eigenvalues at the {sites} sites, "
            "expected none: its kriging variances would be meaningless"
        )


class NegativeVariance(VarianceRefused):
    """An invalid variogram gave negative variances. Args: how many, of how many, the smallest in dB^2."""

    def __str__(self) -> str:
        negative, targets, smallest = self.args
        return f"variance: got {negative} of {targets} below zero, down to {smallest:.3g} dB^2, expected none"


class OffGrid(MapError):
    """A measurement is not at the centre of a pixel. Args: index, x_m, y_m."""

    def __str__(self) -> str:
        index, x_m, y_m = self.args
        return f"points_m[{index}]: got ({x_m:g}, {y_m:g}) m, expected the centre of a pixel of the grid"


class NotConverged(MapError):
    """An iterative solver stopped short. Args: steps, relative residual reached, residual wanted."""

    def __str__(self) -> str:
        steps, reached, wanted = self.args
        return (
            f"conjugate gradients: got a residual of {reached:.1e} after {steps} steps, expected {wanted:.1e}"
        )
