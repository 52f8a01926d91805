#!/bin/sh
# After an installation or upgrade. Nothing is started that was not running: there
# is no configuration yet.
set -e
if [ -d /run/systemd/system ]; then
  systemctl daemon-reload || true
  systemctl try-restart waitgraph.service || true
fi
