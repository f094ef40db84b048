# Which Debian 12 packages what needs, and how they are installed. Sourced by ./run and ./test.
# SPDX-License-Identifier: MIT

build_packages="gcc libc6-dev pkg-config meson ninja-build python3 clang-14 lld-14
	libwebsockets-dev libwebsockets-evlib-uv libuv1-dev libssl-dev
	libavformat-dev libavcodec-dev libavutil-dev libswresample-dev libswscale-dev libsoundio-dev
	libsqlite3-dev zlib1g-dev libcurl4-openssl-dev libarchive-dev libstemmer-dev libuchardet-dev libcmark-dev libxml2-dev libyaml-dev libcjson-dev"
# mini-httpd and php-cgi are what MediaWiki's package is content with; left to itself it brings Apache, and starts it.
# libclang-rt-14-dev has libFuzzer, for the fuzz targets.
test_packages="libcmocka-dev libclang-rt-14-dev nodejs npm chromium ffmpeg mpv sqlite3 curl libxml2-utils
	newsboat gpodder podget python3-feedparser python3-podcastparser openssl zstd python3-html5lib python3-lxml python3-rdflib
	pulseaudio pulseaudio-utils
	mini-httpd php-cgi mediawiki php-cli php-sqlite3 php-intl php-mbstring php-xml"

# Installs those of its arguments that are missing and says which. A command that is on the PATH anyway (a newer Node.js,
# say) counts as its package.
install_packages() {
	missing=""
	for package in "$@"; do
		case "$package" in
		nodejs) command -v node >/dev/null && continue ;;
		gcc | npm | ffmpeg | chromium | sqlite3 | curl | python3) command -v "$package" >/dev/null && continue ;;
		esac
		status=$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || true)
		[ "$status" = "install ok installed" ] || missing="$missing $package"
	done
	[ -n "$missing" ] || return 0
	echo "Installing Debian packages:$missing"
	as_root=""
	if [ "$(id -u)" != 0 ]; then
		command -v sudo >/dev/null || {
			echo "These packages need root, and there is no sudo. As root: apt-get install$missing" >&2
			return 1
		}
		as_root=sudo
	fi
	# shellcheck disable=SC2086 # the list is meant to be split
	$as_root env DEBIAN_FRONTEND=noninteractive sh -c '
		apt-get -qq update && apt-get -qq install -y --no-install-recommends "$@" >/dev/null' install $missing
}
