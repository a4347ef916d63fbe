"""A power cut, replayed: from a run's own system calls, the folders that a disk may hold after it.

What is known to be on disk is what was synced: the bytes of a file by fsync or fdatasync of it, a name by fsync of its
folder. Of everything else a disk holds any part: each write, each change of length and each change of a name is there
or not, whatever the others are, and a write may be there in part (by sectors of 512 bytes) or as zeros. That is more
than any file system loses, and as much as SQLite's documentation allows one to lose (atomiccommit.html, section 2).
"""

from __future__ import annotations

import posixpath
import random
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

SECTOR = 512
CALLS = (
    "openat,creat,close,dup,fcntl,pwrite64,write,ftruncate,fallocate,fsync,fdatasync,"
    "rename,renameat,renameat2,link,linkat,unlink,unlinkat,mkdir,mkdirat,rmdir"
)
_CALL = re.compile(r"^(\w+)\((.*)\) += (-?\d+)")
_TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')


@dataclass(frozen=True, slots=True)
class Write:
    """Bytes at a place of a file; a change of length has none."""

    place: int
    data: bytes
    length: int | None = None


@dataclass(slots=True)
class Node:
    """A file or a folder: what is on disk of it, and what was done since it was synced."""

    folder: bool = False
    data: bytes = b""
    pending: list[Write] = field(default_factory=list)
    names: dict[str, Node] = field(default_factory=dict)
    renames: list[tuple[str, Node | None]] = field(default_factory=list)

    def now(self, name: str) -> Node | None:
        """Give what has a name, synced or not."""
        found = self.names.get(name)
        for changed, node in self.renames:
            if changed == name:
                found = node
        return found

    def sync(self) -> None:
        """Put everything on disk: of a folder its names, of a file its bytes."""
        for name, node in self.renames:
            if node is None:
                self.names.pop(name, None)
            else:
                self.names[name] = node
        for write in self.pending:
            self.data = _written(self.data, write)
        self.renames.clear()
        self.pending.clear()


def _written(data: bytes, write: Write) -> bytes:
    if write.length is not None:
        return data[: write.length].ljust(write.length, b"\0")
    return data[: write.place].ljust(write.place, b"\0") + write.data + data[write.place + len(write.data) :]


class Disk:
    """A folder on a disk, while the recorded calls go by one after the other."""

    def __init__(self, folder: Path) -> None:
        self.root = _loaded(folder)
        self.base = str(folder)
        self.open: dict[int, Node] = {}
        self.said = b""

    def play(self, line: str) -> bool:
        """Do what one line of strace tells; say whether it changed what a power cut may leave."""
        match = _CALL.match(line)
        if match is None or int(match[3]) < 0:
            return False
        call, words, result = match[1], match[2], int(match[3])
        texts = [bytes.fromhex(text.replace("\\x", "")) for text in _TEXT.findall(words)]
        number = int(found[0]) if (found := re.match(r"\d+", words)) else -1
        match call:
            case "openat":
                return self._opened(texts[0], number, words, result)
            case "close":
                self.open.pop(number, None)
            case "dup":
                self._same(number, result)
            case "fcntl":
                if "F_DUPFD" in words:
                    self._same(number, result)
            case "write" if number in (1, 2):
                self.said += texts[0]
                return number == 1
            case "pwrite64":
                return self._append(number, Write(int(words.rsplit(", ", 1)[1]), texts[0][:result]))
            case "ftruncate":
                return self._append(number, Write(0, b"", int(words.rsplit(", ", 1)[1])))
            case "fsync" | "fdatasync":
                if number in self.open:
                    self.open[number].sync()
                    return True
            case "link" | "linkat":
                return self._named(self._node(texts[0]), texts[1])
            case "rename" | "renameat" | "renameat2":
                node = self._node(texts[0])
                return self._named(None, texts[0]) | self._named(node, texts[1])
            case "unlink" | "rmdir":
                return self._named(None, texts[0])
            case "unlinkat":
                return self._named(None, texts[0], number)
            case "mkdir" | "mkdirat":
                return self._named(Node(folder=True), texts[0])
            case "write" | "fallocate" | "creat":
                assert number not in self.open, f"the replay knows nothing of {line[:80]}"
        return False

    def _same(self, number: int, result: int) -> None:
        if number in self.open:
            self.open[result] = self.open[number]

    def _append(self, number: int, write: Write) -> bool:
        if number in self.open:
            self.open[number].pending.append(write)
        return number in self.open

    def _opened(self, path: bytes, at: int, words: str, result: int) -> bool:
        self.open.pop(result, None)
        place = self._place(path, at)
        if place is None:
            return False
        parent, name = place
        node = parent if not name else parent.now(name)
        made = node is None
        if node is None:
            assert "O_CREAT" in words, words
            node = Node()
            parent.renames.append((name, node))
        self.open[result] = node
        if "O_TRUNC" in words and not node.folder:
            node.pending.append(Write(0, b"", 0))
        return made or "O_TRUNC" in words

    def _named(self, node: Node | None, path: bytes, at: int = -1) -> bool:
        place = self._place(path, at)
        if place is not None:
            place[0].renames.append((place[1], node))
        return place is not None

    def _node(self, path: bytes) -> Node | None:
        place = self._place(path, -1)
        return place[0].now(place[1]) if place else None

    def _place(self, path: bytes, at: int) -> tuple[Node, str] | None:
        """Find the folder and the name that a path means; None where it leads out of what we watch."""
        text = path.decode()
        if at in self.open and not text.startswith("/"):
            return self.open[at], text
        text = posixpath.normpath(posixpath.join(self.base, text))
        if text == self.base:
            return self.root, ""
        if not text.startswith(f"{self.base}/"):
            return None
        *folders, name = text[len(self.base) + 1 :].split("/")
        node = self.root
        for each in folders:
            found = node.now(each)
            if found is None:
                return None
            node = found
        return node, name


def _loaded(folder: Path) -> Node:
    node = Node(folder=True)
    for file in sorted(folder.iterdir()):
        node.names[file.name] = _loaded(file) if file.is_dir() else Node(data=file.read_bytes())
    return node


def left(disk: Disk, dice: random.Random, share: float, into: Path) -> None:
    """Write down one folder that the disk may hold if the power goes now; of what was not synced, `share` is there."""
    _put(disk.root, dice, share, into)


def _put(node: Node, dice: random.Random, share: float, into: Path) -> None:
    into.mkdir(mode=0o700)
    names = dict(node.names)
    for name, target in _some(node.renames, dice, share):
        if target is None:
            names.pop(name, None)
        else:
            names[name] = target
    for name, target in names.items():
        if target.folder:
            _put(target, dice, share, into / name)
        else:
            (into / name).write_bytes(_content(target, dice, share))


def _some(things: Iterable, dice: random.Random, share: float) -> Iterator:
    return (thing for thing in things if dice.random() < share)


def _content(node: Node, dice: random.Random, share: float) -> bytes:
    data = node.data
    for write in node.pending:
        if dice.random() >= share:
            continue
        how = dice.random() if 0 < share < 1 else 1.0
        if how < 0.15 and write.length is None:  # torn: some sectors are there
            for start in range(0, len(write.data), SECTOR):
                if dice.random() < 0.5:
                    data = _written(data, Write(write.place + start, write.data[start : start + SECTOR]))
        elif how < 0.25 and write.length is None and write.place >= len(data):  # longer, and not yet filled
            data = _written(data, Write(write.place, bytes(len(write.data))))
        else:
            data = _written(data, write)
    return data
