"""The spectrum lease market: on-chain application, agents and the mathematics behind them."""

from apps.lease.economics import LeaseMarket, Optimum, Thresholds

__all__ = ["LeaseMarket", "Optimum", "Thresholds"]
