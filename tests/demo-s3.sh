#!/usr/bin/env bash
# The demo against an S3 and SQS server of its own: moto, on loopback, all in memory, ended in any case.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=.venv/bin

# Nobody's credentials, and no proxy: nothing of this may reach an account of whoever runs it.
unset "${!AWS_@}"
export NO_PROXY=127.0.0.1 no_proxy=127.0.0.1
export AWS_ACCESS_KEY_ID=demo AWS_SECRET_ACCESS_KEY=demo AWS_DEFAULT_REGION=us-east-1
export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null

server='' log="$(mktemp)"
end() {
  if [ -n "$server" ] && kill "$server" 2>/dev/null; then
    wait "$server" || true
  fi
  rm -f "$log"
}
trap end EXIT

port="$("$bin/python" -c 'from tests.servers.ports import free_port; print(free_port())')"
# In a session of its own: Ctrl-C ends the demo, and that ends the server.
setsid "$bin/python" -m moto.server -H 127.0.0.1 -p "$port" >"$log" 2>&1 &
server=$!
until (: </dev/tcp/127.0.0.1/"$port") 2>/dev/null; do
  if ! kill -0 "$server" 2>/dev/null; then
    echo "The S3 server did not start:" >&2
    cat "$log" >&2
    exit 1
  fi
  sleep 0.1
done

code=0
"$bin/pictureday" demo --s3 "http://127.0.0.1:$port" "$@" || code=$?

echo
echo "The S3 server was in memory and ends now: what lies in its bucket is gone, all else stays where it is."
echo "At a server of your own that stays too: pictureday demo --s3 ENDPOINT"
exit "$code"
