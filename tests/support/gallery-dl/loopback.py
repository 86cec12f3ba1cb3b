"""An extractor of gallery-dl for the pictures page of the tests' web site."""
import re

from gallery_dl import text
from gallery_dl.extractor.common import Extractor, Message


class LoopbackPostExtractor(Extractor):
    category = "loopback"
    subcategory = "post"
    pattern = r"(http://127\.0\.0\.1:\d+)(/pictures\?.*)"
    example = "http://127.0.0.1:8080/pictures?n=3"

    def items(self):
        root, path = self.groups
        page = self.request(root + path).text
        data = {"title": text.extr(page, "<title>", "</title>")}
        yield Message.Directory, "", data
        for data["num"], src in enumerate(re.findall(r'(?:src|href)="([^"]+)"', page), 1):
            yield Message.Url, root + src, text.nameext_from_url(src, data)
