#!/bin/sh
# Takes Swagger UI from its npm package and packs it into internal/rest/swagger, so that go build needs no Node.
# Run it to move to another version: change VERSION, run, look at /api/doc, commit.
set -eu
VERSION=5.35.0
SHA512=U06rpMtW9V3XPGOBeamTUSr0Z09jMX4IJuANpE/EZbAhw0G8CgwrzU4YmXkn/h0wCDNsXdGarTNNHC3sU8yVUQ==

root=$(cd "$(dirname "$0")/../.." && pwd)
into=$root/internal/rest/swagger
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cd "$work"
npm pack --silent "swagger-ui-dist@$VERSION" >/dev/null
got=$(openssl dgst -sha512 -binary "swagger-ui-dist-$VERSION.tgz" | openssl base64 -A)
if [ "$got" != "$SHA512" ]; then
	echo "swagger-ui-dist $VERSION has the checksum $got, not the one expected" >&2
	exit 1
fi
tar xzf "swagger-ui-dist-$VERSION.tgz"

# The source maps are not shipped, so the files must not ask for them. gzip -n leaves out name and time: the same
# package gives the same bytes.
for file in swagger-ui-bundle.js swagger-ui.css; do
	sed -e 's|//# sourceMappingURL=.*$||' -e 's|/\*# sourceMappingURL=.*\*/||' "package/$file" | gzip -9n >"$into/$file.gz"
done
cp package/LICENSE "$into/LICENSE"
cp package/NOTICE "$into/NOTICE"
cp package/swagger-ui-bundle.js.LICENSE.txt "$into/LICENSE-bundled.txt"
echo "swagger-ui-dist $VERSION packed into $into"
