#!/bin/sh
# Makes the media that the tests of probing and of feeds read: two seconds of a tone, a small moving picture, and files
# that only pretend. Run it here; needs ffmpeg. SPDX-License-Identifier: MIT
set -eu
tone="-f lavfi -i sine=frequency=440:sample_rate=16000:duration=2"
picture="-f lavfi -i testsrc2=size=64x48:rate=5:duration=2"
plain="-fflags +bitexact -flags:v +bitexact -flags:a +bitexact -map_metadata -1"
run() { ffmpeg -hide_banner -loglevel error -y "$@"; }
run $tone $plain -b:a 16k tone.mp3
run $tone $plain -q:a 9 -write_xing 0 no-xing.mp3
run $tone -f lavfi -i color=red:size=16x16:duration=0.1 $plain -map 0 -map 1 -frames:v 1 -c:v png \
	-disposition:v attached_pic -b:a 16k -id3v2_version 3 cover.mp3
run $tone $plain -c:a libopus -b:a 16k tone.opus
run $tone $plain -c:a libvorbis -q:a 0 tone.ogg
run $tone $plain -c:a aac -b:a 16k -f ipod tone.m4a
run $tone $plain -c:a aac -b:a 16k tone.aac
run $tone $plain -ar 8000 tone.flac
run $tone $plain -ar 8000 -c:a pcm_u8 tone.wav
run $tone $picture $plain -c:v libx264 -preset veryslow -crf 40 -c:a aac -b:a 16k clip.mp4
run $tone $picture $plain -c:v libvpx-vp9 -crf 60 -b:v 0 -c:a libopus -b:a 16k clip.webm
words=$(mktemp -d)
trap 'rm -r "$words"' EXIT
cat >"$words/chapters.txt" <<'END'
;FFMETADATA1
title=Bells at noon
artist=Ada
[CHAPTER]
TIMEBASE=1/1000
START=0
END=1000
title=Ding
[CHAPTER]
TIMEBASE=1/1000
START=1000
END=2000
title=Dong <&>
END
printf '1\n00:00:00,500 --> 00:00:01,000\nDing <i>dong</i> & more\n\n2\n00:00:01,000 --> 00:00:01,900\nTwo\nlines\n' >"$words/said.srt"
for name in chapters.mp3 chapters.m4a chapters.opus; do
	codec=""
	[ $name != chapters.opus ] || codec="-c:a libopus"
	run $tone -i "$words/chapters.txt" -map 0 -map_metadata 1 -map_chapters 1 $codec -b:a 16k -fflags +bitexact -flags:a +bitexact $name
done
run $tone $picture -i "$words/said.srt" -i "$words/chapters.txt" -map 0 -map 1 -map 2 -map_metadata 3 -map_chapters 3 \
	-metadata:s:s:0 language=deu -fflags +bitexact -flags:v +bitexact -flags:a +bitexact \
	-c:v libx264 -preset veryslow -crf 40 -c:a aac -b:a 16k -c:s mov_text talk.mp4
run -i talk.mp4 -map 0:v -map 0:a -map 0:s -c copy -c:s subrip -fflags +bitexact talk.mkv
head -c 3000 tone.mp3 > cut.mp3
cp tone.ogg really-ogg.mp3
printf '<!DOCTYPE html>\n<title>404</title>\n<p>Not found\n' > page.mp3
printf '#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nhttp://127.0.0.1:9/x.ts\n#EXT-X-ENDLIST\n' > playlist.mp3
: > empty.mp3
