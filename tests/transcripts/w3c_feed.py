"""Judges a feed with the W3C's feed validator: w3c_feed.py VALIDATOR FEED URL LEVEL
VALIDATOR is a checkout of github.com/w3c/feedvalidator (env FEEDVALIDATOR in the tests); LEVEL is A, AA or AAA.
Prints what it finds, one a line; exit code 0 when that is nothing. SPDX-License-Identifier: MIT"""
import os
import sys

folder, feed, url, level = sys.argv[1:5]
sys.path.insert(0, os.path.join(folder, "src"))
try:
    import feedvalidator
    from feedvalidator import compatibility
    from feedvalidator.formatter.text_plain import Formatter
except ImportError as error:
    print(error)
    sys.exit(77)  # the validator, or a package that it needs, isn't there

with open(feed, encoding="utf-8") as f:
    events = feedvalidator.validateString(f.read(), firstOccurrenceOnly=1, base=url)["loggedEvents"]
found = list(Formatter(getattr(compatibility, level)(events)))
if found:
    print("\n".join(found))
sys.exit(1 if found else 0)
