#!/usr/bin/env bash
# A PostgreSQL of our own for tests and benchmarks, on loopback only.
#   scripts/postgres.sh start [DIR] [fsync]   starts a cluster in DIR and prints its URL
#   scripts/postgres.sh stop  [DIR]           ends it
# Installs PostgreSQL 15 with apt-get when it is missing and we may. Without "fsync" the cluster is fast and not durable.
set -euo pipefail
action=${1:?start or stop}
dir=${2:-/tmp/simstead-postgres-$(id -u)}
bin=/usr/lib/postgresql/15/bin

as_owner() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }

case $action in
start)
  if [ ! -x $bin/initdb ]; then
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postgresql-15; } >&2 ||
      { echo "PostgreSQL 15 is missing and could not be installed: run 'apt-get install postgresql-15' as root" >&2; exit 1; }
  fi
  if [ ! -f "$dir/data/PG_VERSION" ]; then
    mkdir -p "$dir" && { [ "$(id -u)" != 0 ] || chown postgres "$dir"; }
    as_owner $bin/initdb -D "$dir/data" -U postgres --auth=trust --encoding=UTF8 --locale=C.UTF-8 >/dev/null
    {
      echo "listen_addresses = '127.0.0.1'"
      echo "unix_socket_directories = '$dir'"
      echo "max_connections = 200"
      echo "shared_buffers = 512MB"
      echo "max_wal_size = 4GB"
      echo "wal_compression = on"
    } >>"$dir/data/postgresql.conf"
  fi
  if ! as_owner $bin/pg_ctl -D "$dir/data" status >/dev/null 2>&1; then
    port=$(perl -MIO::Socket::INET -e 'print IO::Socket::INET->new(Listen=>1,LocalAddr=>"127.0.0.1")->sockport')
    durable="-c fsync=off -c synchronous_commit=off -c full_page_writes=off"
    [ "${3:-}" = fsync ] && durable=""
    as_owner $bin/pg_ctl -D "$dir/data" -w -t 60 -l "$dir/log" -o "-p $port $durable" start >/dev/null
    echo "$port" >"$dir/port"
  fi
  echo "postgres://postgres@127.0.0.1:$(cat "$dir/port")/postgres?sslmode=disable"
  ;;
stop)
  as_owner $bin/pg_ctl -D "$dir/data" -m fast -w stop >/dev/null 2>&1 || true
  ;;
esac
