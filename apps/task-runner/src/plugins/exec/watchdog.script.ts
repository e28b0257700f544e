/**
 * The watchdog's program, for any POSIX `sh` (dash, bash, busybox). It reads from its standard input
 * what is running, one `watch` or `forget` a line: the number of a process group, or a marker
 * (`NAME=value`) that processes have in their environment. The input ends when the task-runner is
 * gone, however it went; then the script ends what was still watched, and itself.
 *
 * It is a shell script, not a Node program, because it waits beside every task-runner all its life:
 * 1 MB instead of 45. Where there is no /proc, markers find nothing and groups do the work.
 */
export const WATCHDOG_SCRIPT = `
trap '' HUP INT TERM
watched=

while read -r verb what; do
  case $verb in
    watch) watched="$watched $what" ;;
    forget)
      kept=
      for each in $watched; do [ "$each" = "$what" ] || kept="$kept $each"; done
      watched=$kept ;;
  esac
done

marked() {
  set --
  for each in $watched; do
    case $each in *=*) set -- "$@" -e "$each" ;; esac
  done
  [ $# -eq 0 ] || grep -lsF "$@" /proc/[0-9]*/environ
}

signal_all() {
  for each in $watched; do
    case $each in *=*) ;; *) kill -s "$1" -- "-$each" 2>/dev/null ;; esac
  done
  marked | while IFS=/ read -r _ _ pid _; do kill -s "$1" "$pid" 2>/dev/null; done
}

[ -n "$watched" ] || exit 0
signal_all TERM
sleep 1
signal_all KILL
# What forked while it was looked for.
sleep 1
signal_all KILL
exit 0
`;
