"""What independent parsers make of every file of a folder: parse_back.py FOLDER prints one JSON object, file by file.
XML (.xml .atom .opml .psc .svg) by xml.etree: [tag, attributes, text, [children], tail]. JSON by json, strictly. HTML by html5lib,
strictly: the same shape. Others as text, which must be UTF-8. What can't be parsed ends it with the file's name.
SPDX-License-Identifier: MIT"""
import json
import os
import sys
import xml.etree.ElementTree as etree

try:
    import html5lib
except ImportError as error:
    print(error)
    sys.exit(77)


def plain(node):
    # Comments have a function for a tag.
    tag = node.tag if isinstance(node.tag, str) else "#comment"
    return [tag, dict(node.attrib), node.text or "", [plain(child) for child in node], node.tail or ""]


def no_constant(name):
    raise ValueError(name + " is no JSON")


def parse(path):
    with open(path, "rb") as f:
        data = f.read()
    ending = os.path.splitext(path)[1]
    if ending in (".xml", ".atom", ".opml", ".psc", ".svg"):
        return plain(etree.fromstring(data))
    if ending == ".json":
        return json.loads(data.decode("utf-8"), parse_constant=no_constant)
    if ending == ".html":
        parser = html5lib.HTMLParser(tree=html5lib.getTreeBuilder("etree"), namespaceHTMLElements=False)
        # A transcript in HTML is a fragment, as Podcasting 2.0 has it.
        text = data.decode("utf-8")
        tree = parser.parse(text) if text.lower().startswith("<!doctype html>") else parser.parseFragment(text)
        if parser.errors:
            raise ValueError(str(parser.errors[:3]))
        return plain(tree)
    return data.decode("utf-8")


sys.setrecursionlimit(10000)
found = {}
for folder, _, names in os.walk(sys.argv[1]):
    for name in names:
        path = os.path.join(folder, name)
        if os.path.splitext(name)[1] in (".gz", ".br", ".wav", ".mp3", ".mp4", ".m4a", ".png", ".jpg", ".wasm"):
            continue
        try:
            found[os.path.relpath(path, sys.argv[1])] = parse(path)
        except Exception as error:
            sys.exit("%s: %s" % (path, error))
json.dump(found, sys.stdout)
