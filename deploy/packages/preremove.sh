#!/bin/sh
# Before a removal; an upgrade (deb: upgrade, rpm: 1) keeps the service running.
set -e
case "$1" in
  remove | 0)
    if [ -d /run/systemd/system ]; then
      systemctl disable --now waitgraph.service || true
    fi
    ;;
esac
