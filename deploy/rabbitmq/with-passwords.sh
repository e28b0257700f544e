#!/usr/bin/env bash
# Reads definitions.json, writes it with the password hashes of the users. The password of the user `task-runner` is the
# variable RABBITMQ_PASSWORD_TASK_RUNNER; a user whose variable is empty or missing stays without one, and cannot log in.
set -euo pipefail
export LC_ALL=C

# What RabbitMQ calls rabbit_password_hashing_sha256: base64(salt + sha256(salt + password)), four bytes of salt, in hex here.
hash_of() {
  local salt digest
  salt=$(od -An -N4 -tx1 /dev/urandom | tr -d ' \n')
  digest=$({ bytes "$salt"; printf %s "$1"; } | sha256sum | cut -d' ' -f1)
  bytes "$salt$digest" | base64 | tr -d '\n'
}

bytes() {
  printf "$(sed 's/../\\x&/g' <<<"$1")"
}

user=
while IFS= read -r line; do
  if [[ $line =~ \"name\":\ \"([a-z-]+)\" ]]; then
    user=${BASH_REMATCH[1]}
  elif [[ $line == *'"password_hash": ""'* ]]; then
    variable=RABBITMQ_PASSWORD_$(tr a-z- A-Z_ <<<"$user")
    if [[ -n ${!variable:-} ]]; then
      line=${line/'""'/"\"$(hash_of "${!variable}")\""}
    fi
  fi
  printf '%s\n' "$line"
done
