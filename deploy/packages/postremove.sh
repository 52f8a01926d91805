#!/bin/sh
# The storage in /var/lib/private/waitgraph and the configuration are kept.
set -e
if [ -d /run/systemd/system ]; then
  systemctl daemon-reload || true
fi
