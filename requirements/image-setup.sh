#!/bin/sh
# Give the service's image the command `supplier-credit`. Run while the image is built, after the packages.
set -eu
cat > "$VIRTUAL_ENV/bin/supplier-credit" <<'END'
#!/bin/sh
export PYTHONPATH="$BENTO_PATH/src"
exec python -m cli.main "$@"
END
chmod +x "$VIRTUAL_ENV/bin/supplier-credit"
