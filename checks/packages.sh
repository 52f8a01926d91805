#!/usr/bin/env bash
# What make packages made: both packages hold the same files with the same modes,
# install under a root of their own, run there, and leave nothing when they are
# removed but what is the operator's.
#
#   packages.sh DIST
set -euo pipefail
dist=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
deb=$(echo "$dist"/*.deb) rpm=$(echo "$dist"/*.rpm)
fail() { echo "FAIL $*"; exit 1; }

# Paths that differ by distribution come to one name; folders are not of interest.
same() {
  sed -E 's|^(\S+) (\./)?/?|\1 /|; s| /lib/systemd| /usr/lib/systemd|; s|/zsh/(vendor-completions\|site-functions)/|/zsh/|' | grep -v '^d' | sort
}
dpkg-deb --fsys-tarfile "$deb" | tar -tv | awk '{print $1, $NF}' | same >"$work/deb.txt"
rpm -qp --queryformat '[%{FILEMODES:perms} %{FILENAMES}\n]' "$rpm" | same >"$work/rpm.txt"
diff "$work/deb.txt" "$work/rpm.txt" || fail "the packages differ"
cat "$work/deb.txt"
for file in /usr/bin/waitgraph /usr/lib/systemd/system/waitgraph.service /etc/default/waitgraph /usr/share/waitgraph/rules/waitgraph-work.yml \
  /usr/share/waitgraph/dashboards/waitgraph-overview.json /usr/share/waitgraph/alertmanager/alertmanager.yml /usr/share/waitgraph/schema.json \
  /usr/share/bash-completion/completions/waitgraph /usr/share/zsh/_waitgraph /usr/share/doc/waitgraph/sbom.cdx.json /usr/share/doc/waitgraph/copyright \
  /usr/share/doc/waitgraph/examples/small-team.yml; do
  grep -q " $file\$" "$work/deb.txt" || fail "$file is missing"
done
grep -q '^-rwxr-xr-x /usr/bin/waitgraph$' "$work/deb.txt" || fail "the binary cannot be run"
echo "ok contents: $(wc -l <"$work/deb.txt") files in $(basename "$deb") ($(stat -c %s "$deb") bytes) and $(basename "$rpm") ($(stat -c %s "$rpm") bytes)"

# runs ROOT: what was installed there works.
runs() {
  "$1/usr/bin/waitgraph" version | head -1
  "$1/usr/bin/waitgraph" check-config "$1/usr/share/doc/waitgraph/examples/public-projects.yml"
  cmp "$1/usr/share/waitgraph/schema.json" <("$1/usr/bin/waitgraph" check-config --schema) || fail "the schema is another version's"
  [[ $(stat -c %a "$1/etc/waitgraph/secrets") == 700 ]] || fail "others can look into the folder of secrets"
  [[ $(grep -c '"purl"' "$1/usr/share/doc/waitgraph/sbom.cdx.json") -gt 20 ]] || fail "the SBOM names hardly anything"
}

# removed ROOT: nothing of ours is left but configuration.
removed() {
  local left
  left=$(find "$1" -path '*waitgraph*' -type f -not -path '*/lib/dpkg/*' -not -path '*/lib/rpm/*')
  [[ $left == "$1$2" || -z $left && -z $2 ]] || fail "left behind: $left"
}

root=$work/debian
mkdir -p "$root/var/lib/dpkg/info" "$root/var/lib/dpkg/updates"
touch "$root/var/lib/dpkg/status"
dpkg_() { dpkg --root="$root" --force-script-chrootless --log="$work/dpkg.log" "$@" >>"$work/dpkg.txt" 2>&1 || { cat "$work/dpkg.txt"; fail "dpkg $*"; }; }
dpkg_ --install "$deb"
dpkg --root="$root" --verify waitgraph
runs "$root"
echo "WAITGRAPH_ARGS=--log.level=debug" >"$root/etc/default/waitgraph"
dpkg_ --install "$deb"
grep -q debug "$root/etc/default/waitgraph" || fail "an upgrade overwrites the operator's arguments"
dpkg_ --remove waitgraph
removed "$root" /etc/default/waitgraph
dpkg_ --purge waitgraph
removed "$root" ""
echo "ok deb: installed, run, upgraded, removed and purged"

root=$work/redhat
mkdir -p "$root"
# Its scripts want a shell under the root; they were run above.
rpm_() { rpm --root "$root" --nodeps --noscripts "$@" || fail "rpm $*"; }
rpm --root "$root" --initdb
rpm_ --install --ignorearch --ignoreos "$rpm"
rpm --root "$root" --verify --nodeps --nouser --nogroup waitgraph || fail "rpm --verify"
runs "$root"
echo "WAITGRAPH_ARGS=--log.level=debug" >"$root/etc/default/waitgraph"
rpm_ --upgrade --force --ignorearch --ignoreos "$rpm"
grep -q debug "$root/etc/default/waitgraph" || fail "an upgrade overwrites the operator's arguments"
rpm_ --erase waitgraph
removed "$root" /etc/default/waitgraph.rpmsave
echo "ok rpm: installed, run, upgraded and removed"
