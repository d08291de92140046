#!/bin/sh
# A controller for stopsim in POSIX shell: it starts and stops its instances at the edges of a
# demand, and sends the same call again a minute later when it was throttled, the service failed or
# stock is short. Without a JSON reader: it takes what it needs out of a line by its key.
# docs/PROGRAM.md says what the lines mean.

# The value of a key: text or a number.
value() { # key, line
  printf '%s\n' "$2" | sed -n "s/.*\"$1\":\"\{0,1\}\([^,\"}]*\).*/\1/p"
}

# A wake-up at every edge: "wanted" is the token.
wake_at_edges() { # line
  printf '%s\n' "$1" | sed 's/.*"edges":\[\([^]]*\)\].*/\1/; s/},{/}\n{/g' |
    sed -n 's/.*"at":\([0-9]*\),.*"wanted":true.*/{"do":"wake","at":\1,"token":1}/p
            s/.*"at":\([0-9]*\),.*"wanted":false.*/{"do":"wake","at":\1,"token":0}/p' |
    paste -s -d, -
}

# A call for one instance; its tag says what to repeat.
call() { # token, instance
  if [ "$1" = 1 ]; then
    printf '{"do":"send","operation":"StartInstance","tag":"1 %s",' "$2"
    printf '"parameters":{"InstanceId":"%s"}}' "$2"
  else
    printf '{"do":"send","operation":"StopInstance","tag":"0 %s",' "$2"
    printf '"parameters":{"InstanceId":"%s","StoppedMode":"StopCharging"}}' "$2"
  fi
}

wanted= waiting=
while IFS= read -r line; do
  actions= now=$(value now "$line")
  case $line in
    *'"type":"reset"'*)
      instances=$(printf '%s\n' "$line" | sed 's/.*"instances":\[\([^]]*\)\].*/\1/; s/[",]/ /g')
      wanted= waiting=
      actions=$(wake_at_edges "$line")
      ;;
    *'"type":"timer"'*)
      token=$(value token "$line")
      if [ "$token" = 2 ]; then
        # A minute is over: those that were refused, unless another edge has come since.
        again=$waiting waiting=
      else
        wanted=$token waiting= again=$instances
      fi
      for instance in $again; do
        actions=$actions${actions:+,}$(call "$wanted" "$instance")
      done
      ;;
    *'"class":"throttling"'* | *'"class":"server"'* | *'"class":"stock"'* | *'"type":"timeout"'*)
      tag=$(value tag "$line")
      if [ "${tag%% *}" = "$wanted" ]; then
        [ -n "$waiting" ] || actions='{"do":"wake","at":'$((now + 60000000))',"token":2}'
        waiting="$waiting ${tag#* }"
      fi
      ;;
  esac
  printf '{"actions":[%s]}\n' "$actions"
done
