"""Named test functions of one to six variables, with what is known exactly about them."""

from chebtucker.collection.entry import GalleryFunction
from chebtucker.collection.shelves import gallery

__all__ = ["GalleryFunction", "gallery"]
