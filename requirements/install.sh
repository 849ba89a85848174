#!/usr/bin/env bash
# Install a lock and the project into .venv. Run by `make`, once per change of the lock.
#   install.sh demo    what `make demo` needs: requirements/py311.txt
#   install.sh test    what `make test` and `make check` need: requirements/test.txt, which holds py311.txt
#   install.sh java | chromium    what single tests need of the system
# With uv where it is on PATH (UV=... names another, UV= none), else with pip.
set -eu
cd "$(dirname "$0")/.."

say() { printf '%s\n' "$*" >&2; }

# A Debian package that is missing is installed where we may, and named where we may not.
need_apt() {
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    say "Installing the Debian package $1 ..."
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$1" >/dev/null
  else
    say "Missing: $2. On Debian or Ubuntu: sudo apt-get install $1"
    exit 1
  fi
}

# Spark's tests are all that needs Java: `make test` asks for it, and goes on without outside CI, where they skip.
need_java() {
  "${JAVA_HOME:+$JAVA_HOME/bin/}java" -version 2>&1 | grep -Eq 'version "(17|21)[."]' && return
  for package in openjdk-17-jre-headless openjdk-21-jre-headless; do
    (need_apt "$package" "a Java runtime, 17 or 21, for the tests of Spark") && return
    [ "$(id -u)" = 0 ] || break
  done
  [ -z "${CI:-}" ]
}
# The validation report is printed by Chromium, with glyphs for Chinese: like Java, only `make test` asks for them.
need_chromium() {
  for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome; do
    [ -n "$name" ] && command -v "$name" >/dev/null && return
  done
  (need_apt chromium "Chromium, for the tests of the report's PDF") && return
  [ -z "${CI:-}" ]
}
need_glyphs() {
  command -v fc-list >/dev/null && fc-list :lang=zh family | grep -q . && return
  (need_apt fonts-noto-cjk "a font with Chinese glyphs, for the tests of the report's PDF") && return
  [ -z "${CI:-}" ]
}
case "${1:-}" in
  java) need_java; exit ;;
  chromium) need_chromium; need_glyphs; exit ;;
  demo) lock=requirements/py311.txt stamps=(demo) ;;
  test) lock=requirements/test.txt stamps=(demo test) ;;
  *) say "Usage: requirements/install.sh demo|test|java|chromium"; exit 2 ;;
esac

new_enough() { command -v "$1" >/dev/null && "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

find_python() {
  for name in ${PYTHON:-} python3.11 python3 python3.12 python3.13; do
    if new_enough "$name"; then printf '%s' "$name"; return; fi
  done
}

python=$(find_python)
if [ -z "$python" ]; then
  say "Missing: Python 3.11 or newer (found: $(python3 --version 2>&1 || true)). Set PYTHON=... or install python3.11."
  exit 1
fi
uv=$(command -v "${UV-uv}" || true)
if ! new_enough .venv/bin/python; then
  if [ -n "$uv" ]; then
    "$uv" venv --quiet --python "$("$python" -c 'import sys; print(sys.executable)')" --allow-existing .venv
  else
    "$python" -c 'import ensurepip, venv' 2>/dev/null || need_apt python3-venv "Python's venv module"
    "$python" -m venv .venv
  fi
fi
# LightGBM's wheel links the system's OpenMP runtime.
ldconfig -p 2>/dev/null | grep -q 'libgomp\.so\.1' || need_apt libgomp1 "the OpenMP runtime libgomp.so.1"

# The lock names every package with its hashes, so nothing is resolved. Modules are compiled when they are first used:
# pip would compile all of them, one after the other.
if [ -n "$uv" ]; then
  # uv does not read pip's settings: a mirror or a certificate of one's own must hold for both.
  if [ -n "${PIP_INDEX_URL:-}" ]; then export UV_DEFAULT_INDEX="${UV_DEFAULT_INDEX:-$PIP_INDEX_URL}"; fi
  if [ -n "${PIP_CERT:-}" ]; then export SSL_CERT_FILE="${SSL_CERT_FILE:-$PIP_CERT}"; fi
  install() { "$uv" pip install --quiet --python .venv/bin/python --no-deps "$@"; }
else
  .venv/bin/python -m pip --version >/dev/null 2>&1 || .venv/bin/python -m ensurepip >/dev/null
  install() { .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-compile --no-deps "$@"; }
fi
say "Installing $(grep -c '^[a-z0-9].*==' "$lock") locked packages into .venv with ${uv:-pip} (once) ..."
install --require-hashes -r "$lock"
install --no-build-isolation -e .
for stamp in "${stamps[@]}"; do touch ".venv/.installed-$stamp"; done
