"""Which extractors a link may belong to, found without asking all 1 750 of them.

Nearly every pattern of an extractor names something that stands in each of its links, `imeo.com`
say. Four letters of it, the rarest, are its entry in an index; a link is looked up by every four
letters it holds. Asking an extractor takes CPU time and, worse, touches its class, whose page of
memory the child then no longer shares: of a direct file that was half of both.

Whoever is left out could not have matched. Asked all the same is who decides by more than its
pattern, and whose pattern names nothing.
"""
import collections
from collections.abc import MutableMapping
from re import _constants as sre
from re import _parser as patterns

LETTERS = 4


def demands(tree):
    """What every match of a parsed pattern holds: texts, and lists of which one holds.

    Case is not told apart, which only asks for less.
    """
    found, text = [], []

    def end_text():
        if len(text) >= LETTERS:
            found.append(''.join(text))
        text.clear()

    for kind, value in tree:
        if kind is sre.LITERAL and value < 128:
            text.append(chr(value).lower())
            continue
        end_text()
        if kind is sre.SUBPATTERN:
            found += demands(value[3])
        elif kind in (sre.MAX_REPEAT, sre.MIN_REPEAT) and value[0] > 0:
            found += demands(value[2])
        elif kind is sre.BRANCH:
            ways = [demands(way) for way in value[1]]
            if all(ways):
                found.append(ways)
    end_text()
    return found


def pieces(text):
    return {text[at:at + LETTERS] for at in range(len(text) - LETTERS + 1)}


def all_pieces(found):
    result = set()
    for one in found:
        parts = [pieces(one)] if isinstance(one, str) else map(all_pieces, one)
        result.update(*parts)
    return result


def entries(found, count):
    """The demand met by the fewest others, as pieces of which every match holds at least one."""
    def of(one):
        if isinstance(one, str):
            return {min(pieces(one), key=lambda piece: (count[piece], piece))}
        return set().union(*(entries(way, count) for way in one))

    return min(map(of, found), key=lambda chosen: sum(count[piece] for piece in chosen))


def patterns_of(extractor):
    """Its patterns, or None when it decides by more than them."""
    from yt_dlp.extractor.common import InfoExtractor

    try:
        from yt_dlp.extractor.lazy_extractors import LazyLoadExtractor as lazy
    except ImportError:
        lazy = InfoExtractor
    for name in ('suitable', '_match_valid_url'):
        known = [vars(owner)[name].__func__ for owner in (InfoExtractor, lazy)]
        if getattr(getattr(extractor, name), '__func__', None) not in known:
            return None
    url = extractor._VALID_URL
    if url is False:
        return ()
    return (url,) if isinstance(url, str) else tuple(url)


class Index:
    """Positions of extractors by what stands in their links."""

    def __init__(self, extractors):
        self.size = len(extractors)
        self.always, self.by_piece = set(), collections.defaultdict(list)
        wanted = {}
        for at, extractor in enumerate(extractors):
            found = self.demands_of(extractor)
            if found is None:
                self.always.add(at)
            else:
                wanted[at] = found
        count = collections.Counter()
        for found in wanted.values():
            count.update(set().union(*map(all_pieces, found)))
        for at, found in wanted.items():
            for piece in set().union(*(entries(one, count) for one in found)):
                self.by_piece[piece].append(at)
        self.by_piece = dict(self.by_piece)

    @staticmethod
    def demands_of(extractor):
        try:
            texts = patterns_of(extractor)
            found = None if texts is None else [demands(patterns.parse(text)) for text in texts]
        except Exception:
            # It is asked every time, and says itself what is wrong with it.
            return None
        return found if found is not None and all(found) else None

    def positions(self, link):
        """In ascending order: the first that suits gets the link."""
        # Without regard to case some letters of other scripts match ASCII ones.
        if not link.isascii():
            return range(self.size)
        text, found = link.lower(), set(self.always)
        for at in range(len(text) - LETTERS + 1):
            found.update(self.by_piece.get(text[at:at + LETTERS], ()))
        return sorted(found)


def may_embed(extractor):
    """Whether it looks for its player in the pages of others; most do not."""
    from yt_dlp.extractor.common import InfoExtractor

    real = getattr(extractor, 'real_class', extractor)
    if getattr(real, '_EMBED_REGEX', None):
        return True
    names = ('extract_from_webpage', '_extract_from_webpage', '_extract_embed_urls')
    plain = (vars(InfoExtractor)[name].__func__ for name in names)
    return any(
        getattr(getattr(real, name), '__func__', None) is not function
        for name, function in zip(names, plain))


def compile_patterns(extractor):
    """Once asked, an extractor keeps them; a child would compile those of its link in every job."""
    try:
        extractor.suitable('https://example.invalid/')
    except Exception:
        # Asked about a real link it says itself what is wrong with it.
        return


class Known:
    """All extractors a run may use, as they are before the first fork."""

    def __init__(self, extractors):
        self.extractors, self.keys = extractors, tuple(extractors)
        for extractor in extractors.values():
            compile_patterns(extractor)
        self.index = Index(list(extractors.values()))
        self.embedding = None

    def for_link(self, link):
        return [self.keys[at] for at in self.index.positions(link)]

    def for_page(self):
        if self.embedding is None:
            self.embedding = [key for key, one in self.extractors.items() if may_embed(one)]
        return self.embedding


class Extractors(MutableMapping):
    """yt-dlp's table of extractors for one run; what the run makes of it is its own."""

    def __init__(self, known):
        self.known, self.own = known, {}
        # Of the one question that comes next: a link to be matched, a page to be searched.
        self.link, self.page = None, False

    def __getitem__(self, key):
        return self.own[key] if key in self.own else self.known.extractors[key]

    def __setitem__(self, key, extractor):
        self.own[key] = extractor

    def __delitem__(self, key):
        raise TypeError('an extractor is never taken out')

    def __iter__(self):
        yield from self.known.keys
        yield from self.added()

    def __len__(self):
        return len(self.known.keys) + len(self.added())

    def added(self):
        return [key for key in self.own if key not in self.known.extractors]

    def items(self):
        link, self.link = self.link, None
        keys = self if link is None else [*self.known.for_link(link), *self.added()]
        return [(key, self[key]) for key in keys]

    def values(self):
        page, self.page = self.page, False
        keys = [*self.known.for_page(), *self.added()] if page else self
        return [self[key] for key in keys]


def use(ydl, generic):
    """Makes a yt_dlp's YoutubeDL and GenericIE classes choose by this index."""
    add, extract, embeds = (
        ydl.add_default_info_extractors, ydl.extract_info, generic._extract_embeds)
    known = None

    def add_default_info_extractors(self):
        nonlocal known
        if self._ies or self.params.get('allowed_extractors') not in (None, ['default']):
            return add(self)
        if known is None:
            add(self)
            known = Known(dict(self._ies))
        self._ies = Extractors(known)

    def extract_info(self, url, download=True, ie_key=None, *args, **kwargs):
        if isinstance(self._ies, Extractors):
            self._ies.link = None if ie_key else url
        return extract(self, url, download, ie_key, *args, **kwargs)

    def _extract_embeds(self, *args, **kwargs):
        if isinstance(self._downloader._ies, Extractors):
            self._downloader._ies.page = True
        return embeds(self, *args, **kwargs)

    ydl.add_default_info_extractors = add_default_info_extractors
    ydl.extract_info = extract_info
    generic._extract_embeds = _extract_embeds
