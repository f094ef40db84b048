<?xml version="1.0" encoding="UTF-8"?>
<psc:chapters version="1.2" xmlns:psc="http://podlove.org/simple-chapters">
	<psc:chapter start="7:48" title="Ropes &amp; bells" href="https://example.org/ropes"/>
	<psc:chapter start="37" title="Intro"/>
	<psc:chapter start="05:12:03.5" title="Late" image="https://example.org/l.jpg"/>
	<psc:chapter start="soon" title="Lost"/>
</psc:chapters>
