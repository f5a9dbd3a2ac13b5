"""What an application must fulfil before others run it, one check after the other."""

from apps.appcheck.checks import check_app
from apps.appcheck.result import Result, Verdict
from apps.appcheck.subject import Subject, UnknownSubject, reachable, subjects_of

__all__ = ["Result", "Subject", "UnknownSubject", "Verdict", "check_app", "reachable", "subjects_of"]
