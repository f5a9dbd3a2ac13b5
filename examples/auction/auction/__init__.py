"""Open auctions: bids are held until outbid, the seller is paid when the lot closes."""

from auction.actions import Bid, OfferLot
from auction.agents import Bidder, Seller, Sniper
from auction.app import Auction
from auction.errors import BidTooLow, DurationOutOfRange, LotClosed, LotExists
from auction.events import BidPlaced, LotOffered, LotSold, LotUnsold
from auction.state import COMMON_BLOCKS, COMMON_EXTENSION, Lot, Sale

__all__ = [
    "COMMON_BLOCKS",
    "COMMON_EXTENSION",
    "Auction",
    "Bid",
    "BidPlaced",
    "BidTooLow",
    "Bidder",
    "DurationOutOfRange",
    "Lot",
    "LotClosed",
    "LotExists",
    "LotOffered",
    "LotSold",
    "LotUnsold",
    "OfferLot",
    "Sale",
    "Seller",
    "Sniper",
]
