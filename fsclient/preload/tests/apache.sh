# shellcheck shell=dash
# SPDX-License-Identifier: MIT
# apache2 of Debian, with three processes of the user "user", and a page.

# start_web_server LIBRARY: with more lines of its configuration on standard
# input.
start_web_server() {
  mkdir -p /tmp/www /tmp/run
  echo "it works" >/tmp/www/page
  cat >/tmp/httpd.conf
  cat >>/tmp/httpd.conf <<'END'
ServerName localhost
ServerRoot /tmp
LoadModule mpm_prefork_module /usr/lib/apache2/modules/mod_mpm_prefork.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
Listen 127.0.0.1:8080
StartServers 3
MinSpareServers 3
ServerLimit 3
MaxRequestWorkers 3
User user
Group user
PidFile /tmp/run/pid
ErrorLog /tmp/run/errors
DocumentRoot /tmp/www
END
  env LD_PRELOAD="/bin/$1" apache2 -f /tmp/httpd.conf
  soon get_page 8080
}

# get_page PORT
get_page() {
  wget -q -O /tmp/page "http://127.0.0.1:$1/page"
  is /tmp/page "it works"
}

stop_web_server() {
  pid=$(cat /tmp/run/pid)
  kill "$pid"
  soon [ ! -e "/proc/$pid" ]
}
