#!/usr/bin/env bash
# inotifywait, ImageMagick and mv: what an administrator writes in an afternoon. The verdicts go to a CSV file.
set -euo pipefail
cd "$1"
: > verdicts.csv
inotifywait --quiet --monitor --event close_write --event moved_to --format %f inbox | {
  while IFS= read -r name; do
    verdict=good folder=accepted
    size="$(stat --format %s "inbox/$name")"
    if [ "$size" -lt 15000 ] || [ "$size" -gt 30720 ]; then
      verdict="wrong size" folder=quarantine
    elif ! seen="$(identify -regard-warnings -format '%m %w %h %k' "inbox/$name" 2>/dev/null)"; then
      verdict=damaged folder=quarantine
    elif read -r kind width height _ <<<"$seen"; [ "$kind" != JPEG ] || [ "$width" -lt 150 ] || [ "$height" -lt 200 ]; then
      verdict="wrong picture" folder=quarantine
    fi
    mv "inbox/$name" "$folder/$name"
    echo "$name,$verdict" >> verdicts.csv
  done
}
