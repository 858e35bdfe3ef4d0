#!/usr/bin/env bash
# PyAV's wheel brings the video encoders x264 and x265 (GPL) because FFmpeg was linked with them.
# Malgeul only decodes: in a built package both are replaced by empty stand-ins whose functions
# return nothing, so that no GPL code is shipped.
#   packaging/replace_encoders.sh dist/malgeul
set -euo pipefail
folder="$1"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
codec="$(find "$folder" -name 'libavcodec-*.so*' -print -quit)"
[ -n "$codec" ] || { echo "no libavcodec in $folder" >&2; exit 1; }
for name in x264 x265; do
  library="$(find "$folder" -name "lib$name-*.so*" -not -type l -print -quit)"
  [ -n "$library" ] || continue
  nm -D --undefined-only "$codec" | awk '{print $NF}' | sed 's/@.*//' | grep "^${name}_" |
    while read -r symbol; do printf 'void *%s(void) { return 0; }\n' "$symbol"; done >"$work/$name.c"
  cc -shared -fPIC -O1 -o "$work/$name.so" -Wl,-soname,"$(basename "$library")" "$work/$name.c"
  cp "$work/$name.so" "$library"
done
