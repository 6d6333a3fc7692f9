# keep.sh FOLDER LIMIT SECONDS: every SECONDS, moves each log of FOLDER that is
# larger than LIMIT bytes aside, keeping three older ones. Nodes write in append
# mode, so a log that is emptied under them goes on from its beginning.
while [ -d "$1" ]; do
	for log in "$1"/*.log; do
		[ -f "$log" ] || continue
		if [ "$(wc -c <"$log")" -gt "$2" ]; then
			[ ! -f "$log.2" ] || mv "$log.2" "$log.3"
			[ ! -f "$log.1" ] || mv "$log.1" "$log.2"
			cp "$log" "$log.1" && : >"$log"
		fi
	done
	sleep "$3"
done
