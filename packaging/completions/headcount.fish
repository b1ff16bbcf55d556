# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_headcount_global_optspecs
    string join \n service= compreface-url= compreface-core-url= compreface-email= compreface-password-file= compreface-certificate= frigate-url= frigate-user= frigate-password-file= frigate-certificate= inventory-url= inventory-token-file= inventory-certificate= otlp-endpoint= otlp-protocol= otlp-headers-file= otlp-compression= otlp-timeout= otlp-certificate= otlp-client-certificate= otlp-client-key= otlp-insecure= disabled= consent-file= scrape-interval= report-interval= report-window= first-report-after= state-dir= keep= install-guid= health-addr= log-level= log-format= h/help V/version
end

function __fish_headcount_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_headcount_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_headcount_using_subcommand
    set -l cmd (__fish_headcount_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c headcount -n "__fish_headcount_needs_command" -l service -d 'Service that is read [env: HEADCOUNT_SERVICE] [default: compreface]' -r
complete -c headcount -n "__fish_headcount_needs_command" -l compreface-url -d 'Address of the admin API [env: HEADCOUNT_COMPREFACE_URL] [required]' -r
complete -c headcount -n "__fish_headcount_needs_command" -l compreface-core-url -d 'Address of the core API, if different [env: HEADCOUNT_COMPREFACE_CORE_URL] [default: the address of the admin API]' -r
complete -c headcount -n "__fish_headcount_needs_command" -l compreface-email -d 'Email of an owner or administrator account [env: HEADCOUNT_COMPREFACE_EMAIL] [required]' -r
complete -c headcount -n "__fish_headcount_needs_command" -l compreface-password-file -d 'File with the account\'s password [env: HEADCOUNT_COMPREFACE_PASSWORD_FILE] [default: none]' -r
complete -c headcount -n "__fish_headcount_needs_command" -l compreface-certificate -d 'PEM file with trusted certificates of an https:// service [env: HEADCOUNT_COMPREFACE_CERTIFICATE] [default: the system\'s]' -r
complete -c headcount -n "__fish_headcount_needs_command" -l frigate-url -d 'Address of Frigate [env: HEADCOUNT_FRIGATE_URL] [required]' -r
complete -c headcount -n "__fish_headcount_needs_command" -l frigate-user -d 'User with the role admin; without one, no sign-in [env: HEADCOUNT_FRIGATE_USER] [default: no sign-in]' -r
complete -c headcount -n "__fish_headcount_needs_command" -l frigate-password-file -d 'File with the user\'s password [env: HEADCOUNT_FRIGATE_PASSWORD_FILE] [default: none]' -r
complete -c headcount -n "__fish_headcount_needs_command" -l frigate-certificate -d 'PEM file with trusted certificates of an https:// service [env: HEADCOUNT_FRIGATE_CERTIFICATE] [default: the system\'s]' -r
complete -c headcount -n "__fish_headcount_needs_command" -l inventory-url -d 'Address of the inventory document [env: HEADCOUNT_INVENTORY_URL] [required]' -r
complete -c headcount -n "__fish_headcount_needs_command" -l inventory-token-file -d 'File with the bearer token for the document [env: HEADCOUNT_INVENTORY_TOKEN_FILE] [default: none]' -r
complete -c headcount -n "__fish_headcount_needs_command" -l inventory-certificate -d 'PEM file with trusted certificates of an https:// URL [env: HEADCOUNT_INVENTORY_CERTIFICATE] [default: the system\'s]' -r
complete -c headcount -n "__fish_headcount_needs_command" -l otlp-endpoint -d 'URL of the recipient; nothing is sent without it [env: HEADCOUNT_OTLP_ENDPOINT] [default: none, nothing is sent]' -r
complete -c headcount -n "__fish_headcount_needs_command" -l otlp-protocol -d 'Protocol, or export to keep reports for `export` [env: HEADCOUNT_OTLP_PROTOCOL] [default: http/protobuf]' -r
complete -c headcount -n "__fish_headcount_needs_command" -l otlp-headers-file -d 'File with request headers, one name=value per line [env: HEADCOUNT_OTLP_HEADERS_FILE] [default: none]' -r
complete -c headcount -n "__fish_headcount_needs_command" -l otlp-compression -d 'Compression of requests [env: HEADCOUNT_OTLP_COMPRESSION] [default: none]' -r
complete -c headcount -n "__fish_headcount_needs_command" -l otlp-timeout -d 'Time limit of one delivery attempt [env: HEADCOUNT_OTLP_TIMEOUT] [default: 10s]' -r
complete -c headcount -n "__fish_headcount_needs_command" -l otlp-certificate -d 'PEM file with trusted certificates [env: HEADCOUNT_OTLP_CERTIFICATE] [default: the system\'s]' -r
complete -c headcount -n "__fish_headcount_needs_command" -l otlp-client-certificate -d 'PEM file with the client certificate [env: HEADCOUNT_OTLP_CLIENT_CERTIFICATE] [default: none]' -r
complete -c headcount -n "__fish_headcount_needs_command" -l otlp-client-key -d 'PEM file with the client certificate\'s private key [env: HEADCOUNT_OTLP_CLIENT_KEY] [default: none]' -r
complete -c headcount -n "__fish_headcount_needs_command" -l otlp-insecure -d 'Allow unencrypted delivery to other hosts [env: HEADCOUNT_OTLP_INSECURE] [default: false]' -r
complete -c headcount -n "__fish_headcount_needs_command" -l disabled -d 'Opt out and delete stored data; overrides all settings [env: HEADCOUNT_DISABLED] [default: false]' -r
complete -c headcount -n "__fish_headcount_needs_command" -l consent-file -d 'Watched file that starts with granted or denied [env: HEADCOUNT_CONSENT_FILE] [default: none]' -r
complete -c headcount -n "__fish_headcount_needs_command" -l scrape-interval -d 'Time between two scrapes [env: HEADCOUNT_SCRAPE_INTERVAL] [default: 1h]' -r
complete -c headcount -n "__fish_headcount_needs_command" -l report-interval -d 'Time between two reports [env: HEADCOUNT_REPORT_INTERVAL] [default: 24h]' -r
complete -c headcount -n "__fish_headcount_needs_command" -l report-window -d 'Daily time range for sending, in UTC [env: HEADCOUNT_REPORT_WINDOW] [default: none, any time]' -r
complete -c headcount -n "__fish_headcount_needs_command" -l first-report-after -d 'Delay before the first report [env: HEADCOUNT_FIRST_REPORT_AFTER] [default: 1h]' -r
complete -c headcount -n "__fish_headcount_needs_command" -l state-dir -d 'Directory of the store [env: HEADCOUNT_STATE_DIR] [default: /var/lib/headcount]' -r
complete -c headcount -n "__fish_headcount_needs_command" -l keep -d 'Retention of pending reports and the audit log [env: HEADCOUNT_KEEP] [default: 30d]' -r
complete -c headcount -n "__fish_headcount_needs_command" -l install-guid -d 'Fixed install_guid (UUID version 4) [env: HEADCOUNT_INSTALL_GUID] [default: created with the first report]' -r
complete -c headcount -n "__fish_headcount_needs_command" -l health-addr -d 'Address of the health endpoint, or off [env: HEADCOUNT_HEALTH_ADDR] [default: 127.0.0.1:13233]' -r
complete -c headcount -n "__fish_headcount_needs_command" -l log-level -d 'Log level [env: HEADCOUNT_LOG_LEVEL] [default: info]' -r
complete -c headcount -n "__fish_headcount_needs_command" -l log-format -d 'Log format [env: HEADCOUNT_LOG_FORMAT] [default: text]' -r
complete -c headcount -n "__fish_headcount_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c headcount -n "__fish_headcount_needs_command" -s V -l version -d 'Print version'
complete -c headcount -n "__fish_headcount_needs_command" -f -a "run" -d 'Run the sidecar until SIGTERM or SIGINT'
complete -c headcount -n "__fish_headcount_needs_command" -f -a "once" -d 'Scrape, report and deliver once, then exit'
complete -c headcount -n "__fish_headcount_needs_command" -f -a "preview" -d 'Print the report that would be sent, without sending it'
complete -c headcount -n "__fish_headcount_needs_command" -f -a "status" -d 'Show the decision, the store and recent deliveries'
complete -c headcount -n "__fish_headcount_needs_command" -f -a "audit" -d 'List every attempt to make or send a report'
complete -c headcount -n "__fish_headcount_needs_command" -f -a "disclose" -d 'Print everything that may be sent or requested'
complete -c headcount -n "__fish_headcount_needs_command" -f -a "view" -d 'Show all stored data as a local web page'
complete -c headcount -n "__fish_headcount_needs_command" -f -a "check" -d 'Check the settings and the sign-in'
complete -c headcount -n "__fish_headcount_needs_command" -f -a "export" -d 'Write pending reports as OTLP/JSON lines'
complete -c headcount -n "__fish_headcount_needs_command" -f -a "erase" -d 'Delete all stored data, after printing the receipts'
complete -c headcount -n "__fish_headcount_needs_command" -f -a "healthcheck" -d 'Query the health endpoint (exit 0: healthy, 1: not)'
complete -c headcount -n "__fish_headcount_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c headcount -n "__fish_headcount_using_subcommand run" -l service -d 'Service that is read [env: HEADCOUNT_SERVICE] [default: compreface]' -r
complete -c headcount -n "__fish_headcount_using_subcommand run" -l compreface-url -d 'Address of the admin API [env: HEADCOUNT_COMPREFACE_URL] [required]' -r
complete -c headcount -n "__fish_headcount_using_subcommand run" -l compreface-core-url -d 'Address of the core API, if different [env: HEADCOUNT_COMPREFACE_CORE_URL] [default: the address of the admin API]' -r
complete -c headcount -n "__fish_headcount_using_subcommand run" -l compreface-email -d 'Email of an owner or administrator account [env: HEADCOUNT_COMPREFACE_EMAIL] [required]' -r
complete -c headcount -n "__fish_headcount_using_subcommand run" -l compreface-password-file -d 'File with the account\'s password [env: HEADCOUNT_COMPREFACE_PASSWORD_FILE] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand run" -l compreface-certificate -d 'PEM file with trusted certificates of an https:// service [env: HEADCOUNT_COMPREFACE_CERTIFICATE] [default: the system\'s]' -r
complete -c headcount -n "__fish_headcount_using_subcommand run" -l frigate-url -d 'Address of Frigate [env: HEADCOUNT_FRIGATE_URL] [required]' -r
complete -c headcount -n "__fish_headcount_using_subcommand run" -l frigate-user -d 'User with the role admin; without one, no sign-in [env: HEADCOUNT_FRIGATE_USER] [default: no sign-in]' -r
complete -c headcount -n "__fish_headcount_using_subcommand run" -l frigate-password-file -d 'File with the user\'s password [env: HEADCOUNT_FRIGATE_PASSWORD_FILE] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand run" -l frigate-certificate -d 'PEM file with trusted certificates of an https:// service [env: HEADCOUNT_FRIGATE_CERTIFICATE] [default: the system\'s]' -r
complete -c headcount -n "__fish_headcount_using_subcommand run" -l inventory-url -d 'Address of the inventory document [env: HEADCOUNT_INVENTORY_URL] [required]' -r
complete -c headcount -n "__fish_headcount_using_subcommand run" -l inventory-token-file -d 'File with the bearer token for the document [env: HEADCOUNT_INVENTORY_TOKEN_FILE] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand run" -l inventory-certificate -d 'PEM file with trusted certificates of an https:// URL [env: HEADCOUNT_INVENTORY_CERTIFICATE] [default: the system\'s]' -r
complete -c headcount -n "__fish_headcount_using_subcommand run" -l otlp-endpoint -d 'URL of the recipient; nothing is sent without it [env: HEADCOUNT_OTLP_ENDPOINT] [default: none, nothing is sent]' -r
complete -c headcount -n "__fish_headcount_using_subcommand run" -l otlp-protocol -d 'Protocol, or export to keep reports for `export` [env: HEADCOUNT_OTLP_PROTOCOL] [default: http/protobuf]' -r
complete -c headcount -n "__fish_headcount_using_subcommand run" -l otlp-headers-file -d 'File with request headers, one name=value per line [env: HEADCOUNT_OTLP_HEADERS_FILE] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand run" -l otlp-compression -d 'Compression of requests [env: HEADCOUNT_OTLP_COMPRESSION] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand run" -l otlp-timeout -d 'Time limit of one delivery attempt [env: HEADCOUNT_OTLP_TIMEOUT] [default: 10s]' -r
complete -c headcount -n "__fish_headcount_using_subcommand run" -l otlp-certificate -d 'PEM file with trusted certificates [env: HEADCOUNT_OTLP_CERTIFICATE] [default: the system\'s]' -r
complete -c headcount -n "__fish_headcount_using_subcommand run" -l otlp-client-certificate -d 'PEM file with the client certificate [env: HEADCOUNT_OTLP_CLIENT_CERTIFICATE] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand run" -l otlp-client-key -d 'PEM file with the client certificate\'s private key [env: HEADCOUNT_OTLP_CLIENT_KEY] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand run" -l otlp-insecure -d 'Allow unencrypted delivery to other hosts [env: HEADCOUNT_OTLP_INSECURE] [default: false]' -r
complete -c headcount -n "__fish_headcount_using_subcommand run" -l disabled -d 'Opt out and delete stored data; overrides all settings [env: HEADCOUNT_DISABLED] [default: false]' -r
complete -c headcount -n "__fish_headcount_using_subcommand run" -l consent-file -d 'Watched file that starts with granted or denied [env: HEADCOUNT_CONSENT_FILE] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand run" -l scrape-interval -d 'Time between two scrapes [env: HEADCOUNT_SCRAPE_INTERVAL] [default: 1h]' -r
complete -c headcount -n "__fish_headcount_using_subcommand run" -l report-interval -d 'Time between two reports [env: HEADCOUNT_REPORT_INTERVAL] [default: 24h]' -r
complete -c headcount -n "__fish_headcount_using_subcommand run" -l report-window -d 'Daily time range for sending, in UTC [env: HEADCOUNT_REPORT_WINDOW] [default: none, any time]' -r
complete -c headcount -n "__fish_headcount_using_subcommand run" -l first-report-after -d 'Delay before the first report [env: HEADCOUNT_FIRST_REPORT_AFTER] [default: 1h]' -r
complete -c headcount -n "__fish_headcount_using_subcommand run" -l state-dir -d 'Directory of the store [env: HEADCOUNT_STATE_DIR] [default: /var/lib/headcount]' -r
complete -c headcount -n "__fish_headcount_using_subcommand run" -l keep -d 'Retention of pending reports and the audit log [env: HEADCOUNT_KEEP] [default: 30d]' -r
complete -c headcount -n "__fish_headcount_using_subcommand run" -l install-guid -d 'Fixed install_guid (UUID version 4) [env: HEADCOUNT_INSTALL_GUID] [default: created with the first report]' -r
complete -c headcount -n "__fish_headcount_using_subcommand run" -l health-addr -d 'Address of the health endpoint, or off [env: HEADCOUNT_HEALTH_ADDR] [default: 127.0.0.1:13233]' -r
complete -c headcount -n "__fish_headcount_using_subcommand run" -l log-level -d 'Log level [env: HEADCOUNT_LOG_LEVEL] [default: info]' -r
complete -c headcount -n "__fish_headcount_using_subcommand run" -l log-format -d 'Log format [env: HEADCOUNT_LOG_FORMAT] [default: text]' -r
complete -c headcount -n "__fish_headcount_using_subcommand run" -l strict -d 'Exit on invalid settings or an unusable store'
complete -c headcount -n "__fish_headcount_using_subcommand run" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c headcount -n "__fish_headcount_using_subcommand once" -l service -d 'Service that is read [env: HEADCOUNT_SERVICE] [default: compreface]' -r
complete -c headcount -n "__fish_headcount_using_subcommand once" -l compreface-url -d 'Address of the admin API [env: HEADCOUNT_COMPREFACE_URL] [required]' -r
complete -c headcount -n "__fish_headcount_using_subcommand once" -l compreface-core-url -d 'Address of the core API, if different [env: HEADCOUNT_COMPREFACE_CORE_URL] [default: the address of the admin API]' -r
complete -c headcount -n "__fish_headcount_using_subcommand once" -l compreface-email -d 'Email of an owner or administrator account [env: HEADCOUNT_COMPREFACE_EMAIL] [required]' -r
complete -c headcount -n "__fish_headcount_using_subcommand once" -l compreface-password-file -d 'File with the account\'s password [env: HEADCOUNT_COMPREFACE_PASSWORD_FILE] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand once" -l compreface-certificate -d 'PEM file with trusted certificates of an https:// service [env: HEADCOUNT_COMPREFACE_CERTIFICATE] [default: the system\'s]' -r
complete -c headcount -n "__fish_headcount_using_subcommand once" -l frigate-url -d 'Address of Frigate [env: HEADCOUNT_FRIGATE_URL] [required]' -r
complete -c headcount -n "__fish_headcount_using_subcommand once" -l frigate-user -d 'User with the role admin; without one, no sign-in [env: HEADCOUNT_FRIGATE_USER] [default: no sign-in]' -r
complete -c headcount -n "__fish_headcount_using_subcommand once" -l frigate-password-file -d 'File with the user\'s password [env: HEADCOUNT_FRIGATE_PASSWORD_FILE] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand once" -l frigate-certificate -d 'PEM file with trusted certificates of an https:// service [env: HEADCOUNT_FRIGATE_CERTIFICATE] [default: the system\'s]' -r
complete -c headcount -n "__fish_headcount_using_subcommand once" -l inventory-url -d 'Address of the inventory document [env: HEADCOUNT_INVENTORY_URL] [required]' -r
complete -c headcount -n "__fish_headcount_using_subcommand once" -l inventory-token-file -d 'File with the bearer token for the document [env: HEADCOUNT_INVENTORY_TOKEN_FILE] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand once" -l inventory-certificate -d 'PEM file with trusted certificates of an https:// URL [env: HEADCOUNT_INVENTORY_CERTIFICATE] [default: the system\'s]' -r
complete -c headcount -n "__fish_headcount_using_subcommand once" -l otlp-endpoint -d 'URL of the recipient; nothing is sent without it [env: HEADCOUNT_OTLP_ENDPOINT] [default: none, nothing is sent]' -r
complete -c headcount -n "__fish_headcount_using_subcommand once" -l otlp-protocol -d 'Protocol, or export to keep reports for `export` [env: HEADCOUNT_OTLP_PROTOCOL] [default: http/protobuf]' -r
complete -c headcount -n "__fish_headcount_using_subcommand once" -l otlp-headers-file -d 'File with request headers, one name=value per line [env: HEADCOUNT_OTLP_HEADERS_FILE] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand once" -l otlp-compression -d 'Compression of requests [env: HEADCOUNT_OTLP_COMPRESSION] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand once" -l otlp-timeout -d 'Time limit of one delivery attempt [env: HEADCOUNT_OTLP_TIMEOUT] [default: 10s]' -r
complete -c headcount -n "__fish_headcount_using_subcommand once" -l otlp-certificate -d 'PEM file with trusted certificates [env: HEADCOUNT_OTLP_CERTIFICATE] [default: the system\'s]' -r
complete -c headcount -n "__fish_headcount_using_subcommand once" -l otlp-client-certificate -d 'PEM file with the client certificate [env: HEADCOUNT_OTLP_CLIENT_CERTIFICATE] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand once" -l otlp-client-key -d 'PEM file with the client certificate\'s private key [env: HEADCOUNT_OTLP_CLIENT_KEY] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand once" -l otlp-insecure -d 'Allow unencrypted delivery to other hosts [env: HEADCOUNT_OTLP_INSECURE] [default: false]' -r
complete -c headcount -n "__fish_headcount_using_subcommand once" -l disabled -d 'Opt out and delete stored data; overrides all settings [env: HEADCOUNT_DISABLED] [default: false]' -r
complete -c headcount -n "__fish_headcount_using_subcommand once" -l consent-file -d 'Watched file that starts with granted or denied [env: HEADCOUNT_CONSENT_FILE] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand once" -l scrape-interval -d 'Time between two scrapes [env: HEADCOUNT_SCRAPE_INTERVAL] [default: 1h]' -r
complete -c headcount -n "__fish_headcount_using_subcommand once" -l report-interval -d 'Time between two reports [env: HEADCOUNT_REPORT_INTERVAL] [default: 24h]' -r
complete -c headcount -n "__fish_headcount_using_subcommand once" -l report-window -d 'Daily time range for sending, in UTC [env: HEADCOUNT_REPORT_WINDOW] [default: none, any time]' -r
complete -c headcount -n "__fish_headcount_using_subcommand once" -l first-report-after -d 'Delay before the first report [env: HEADCOUNT_FIRST_REPORT_AFTER] [default: 1h]' -r
complete -c headcount -n "__fish_headcount_using_subcommand once" -l state-dir -d 'Directory of the store [env: HEADCOUNT_STATE_DIR] [default: /var/lib/headcount]' -r
complete -c headcount -n "__fish_headcount_using_subcommand once" -l keep -d 'Retention of pending reports and the audit log [env: HEADCOUNT_KEEP] [default: 30d]' -r
complete -c headcount -n "__fish_headcount_using_subcommand once" -l install-guid -d 'Fixed install_guid (UUID version 4) [env: HEADCOUNT_INSTALL_GUID] [default: created with the first report]' -r
complete -c headcount -n "__fish_headcount_using_subcommand once" -l health-addr -d 'Address of the health endpoint, or off [env: HEADCOUNT_HEALTH_ADDR] [default: 127.0.0.1:13233]' -r
complete -c headcount -n "__fish_headcount_using_subcommand once" -l log-level -d 'Log level [env: HEADCOUNT_LOG_LEVEL] [default: info]' -r
complete -c headcount -n "__fish_headcount_using_subcommand once" -l log-format -d 'Log format [env: HEADCOUNT_LOG_FORMAT] [default: text]' -r
complete -c headcount -n "__fish_headcount_using_subcommand once" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c headcount -n "__fish_headcount_using_subcommand preview" -l format -d 'Output format' -r -f -a "text\t'Text for people'
json\t'OTLP/JSON'
binary\t'The protobuf bytes of the request'"
complete -c headcount -n "__fish_headcount_using_subcommand preview" -l service -d 'Service that is read [env: HEADCOUNT_SERVICE] [default: compreface]' -r
complete -c headcount -n "__fish_headcount_using_subcommand preview" -l compreface-url -d 'Address of the admin API [env: HEADCOUNT_COMPREFACE_URL] [required]' -r
complete -c headcount -n "__fish_headcount_using_subcommand preview" -l compreface-core-url -d 'Address of the core API, if different [env: HEADCOUNT_COMPREFACE_CORE_URL] [default: the address of the admin API]' -r
complete -c headcount -n "__fish_headcount_using_subcommand preview" -l compreface-email -d 'Email of an owner or administrator account [env: HEADCOUNT_COMPREFACE_EMAIL] [required]' -r
complete -c headcount -n "__fish_headcount_using_subcommand preview" -l compreface-password-file -d 'File with the account\'s password [env: HEADCOUNT_COMPREFACE_PASSWORD_FILE] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand preview" -l compreface-certificate -d 'PEM file with trusted certificates of an https:// service [env: HEADCOUNT_COMPREFACE_CERTIFICATE] [default: the system\'s]' -r
complete -c headcount -n "__fish_headcount_using_subcommand preview" -l frigate-url -d 'Address of Frigate [env: HEADCOUNT_FRIGATE_URL] [required]' -r
complete -c headcount -n "__fish_headcount_using_subcommand preview" -l frigate-user -d 'User with the role admin; without one, no sign-in [env: HEADCOUNT_FRIGATE_USER] [default: no sign-in]' -r
complete -c headcount -n "__fish_headcount_using_subcommand preview" -l frigate-password-file -d 'File with the user\'s password [env: HEADCOUNT_FRIGATE_PASSWORD_FILE] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand preview" -l frigate-certificate -d 'PEM file with trusted certificates of an https:// service [env: HEADCOUNT_FRIGATE_CERTIFICATE] [default: the system\'s]' -r
complete -c headcount -n "__fish_headcount_using_subcommand preview" -l inventory-url -d 'Address of the inventory document [env: HEADCOUNT_INVENTORY_URL] [required]' -r
complete -c headcount -n "__fish_headcount_using_subcommand preview" -l inventory-token-file -d 'File with the bearer token for the document [env: HEADCOUNT_INVENTORY_TOKEN_FILE] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand preview" -l inventory-certificate -d 'PEM file with trusted certificates of an https:// URL [env: HEADCOUNT_INVENTORY_CERTIFICATE] [default: the system\'s]' -r
complete -c headcount -n "__fish_headcount_using_subcommand preview" -l otlp-endpoint -d 'URL of the recipient; nothing is sent without it [env: HEADCOUNT_OTLP_ENDPOINT] [default: none, nothing is sent]' -r
complete -c headcount -n "__fish_headcount_using_subcommand preview" -l otlp-protocol -d 'Protocol, or export to keep reports for `export` [env: HEADCOUNT_OTLP_PROTOCOL] [default: http/protobuf]' -r
complete -c headcount -n "__fish_headcount_using_subcommand preview" -l otlp-headers-file -d 'File with request headers, one name=value per line [env: HEADCOUNT_OTLP_HEADERS_FILE] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand preview" -l otlp-compression -d 'Compression of requests [env: HEADCOUNT_OTLP_COMPRESSION] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand preview" -l otlp-timeout -d 'Time limit of one delivery attempt [env: HEADCOUNT_OTLP_TIMEOUT] [default: 10s]' -r
complete -c headcount -n "__fish_headcount_using_subcommand preview" -l otlp-certificate -d 'PEM file with trusted certificates [env: HEADCOUNT_OTLP_CERTIFICATE] [default: the system\'s]' -r
complete -c headcount -n "__fish_headcount_using_subcommand preview" -l otlp-client-certificate -d 'PEM file with the client certificate [env: HEADCOUNT_OTLP_CLIENT_CERTIFICATE] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand preview" -l otlp-client-key -d 'PEM file with the client certificate\'s private key [env: HEADCOUNT_OTLP_CLIENT_KEY] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand preview" -l otlp-insecure -d 'Allow unencrypted delivery to other hosts [env: HEADCOUNT_OTLP_INSECURE] [default: false]' -r
complete -c headcount -n "__fish_headcount_using_subcommand preview" -l disabled -d 'Opt out and delete stored data; overrides all settings [env: HEADCOUNT_DISABLED] [default: false]' -r
complete -c headcount -n "__fish_headcount_using_subcommand preview" -l consent-file -d 'Watched file that starts with granted or denied [env: HEADCOUNT_CONSENT_FILE] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand preview" -l scrape-interval -d 'Time between two scrapes [env: HEADCOUNT_SCRAPE_INTERVAL] [default: 1h]' -r
complete -c headcount -n "__fish_headcount_using_subcommand preview" -l report-interval -d 'Time between two reports [env: HEADCOUNT_REPORT_INTERVAL] [default: 24h]' -r
complete -c headcount -n "__fish_headcount_using_subcommand preview" -l report-window -d 'Daily time range for sending, in UTC [env: HEADCOUNT_REPORT_WINDOW] [default: none, any time]' -r
complete -c headcount -n "__fish_headcount_using_subcommand preview" -l first-report-after -d 'Delay before the first report [env: HEADCOUNT_FIRST_REPORT_AFTER] [default: 1h]' -r
complete -c headcount -n "__fish_headcount_using_subcommand preview" -l state-dir -d 'Directory of the store [env: HEADCOUNT_STATE_DIR] [default: /var/lib/headcount]' -r
complete -c headcount -n "__fish_headcount_using_subcommand preview" -l keep -d 'Retention of pending reports and the audit log [env: HEADCOUNT_KEEP] [default: 30d]' -r
complete -c headcount -n "__fish_headcount_using_subcommand preview" -l install-guid -d 'Fixed install_guid (UUID version 4) [env: HEADCOUNT_INSTALL_GUID] [default: created with the first report]' -r
complete -c headcount -n "__fish_headcount_using_subcommand preview" -l health-addr -d 'Address of the health endpoint, or off [env: HEADCOUNT_HEALTH_ADDR] [default: 127.0.0.1:13233]' -r
complete -c headcount -n "__fish_headcount_using_subcommand preview" -l log-level -d 'Log level [env: HEADCOUNT_LOG_LEVEL] [default: info]' -r
complete -c headcount -n "__fish_headcount_using_subcommand preview" -l log-format -d 'Log format [env: HEADCOUNT_LOG_FORMAT] [default: text]' -r
complete -c headcount -n "__fish_headcount_using_subcommand preview" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c headcount -n "__fish_headcount_using_subcommand status" -l format -d 'Output format' -r -f -a "text\t'Text for people'
json\t'JSON for programs'"
complete -c headcount -n "__fish_headcount_using_subcommand status" -l service -d 'Service that is read [env: HEADCOUNT_SERVICE] [default: compreface]' -r
complete -c headcount -n "__fish_headcount_using_subcommand status" -l compreface-url -d 'Address of the admin API [env: HEADCOUNT_COMPREFACE_URL] [required]' -r
complete -c headcount -n "__fish_headcount_using_subcommand status" -l compreface-core-url -d 'Address of the core API, if different [env: HEADCOUNT_COMPREFACE_CORE_URL] [default: the address of the admin API]' -r
complete -c headcount -n "__fish_headcount_using_subcommand status" -l compreface-email -d 'Email of an owner or administrator account [env: HEADCOUNT_COMPREFACE_EMAIL] [required]' -r
complete -c headcount -n "__fish_headcount_using_subcommand status" -l compreface-password-file -d 'File with the account\'s password [env: HEADCOUNT_COMPREFACE_PASSWORD_FILE] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand status" -l compreface-certificate -d 'PEM file with trusted certificates of an https:// service [env: HEADCOUNT_COMPREFACE_CERTIFICATE] [default: the system\'s]' -r
complete -c headcount -n "__fish_headcount_using_subcommand status" -l frigate-url -d 'Address of Frigate [env: HEADCOUNT_FRIGATE_URL] [required]' -r
complete -c headcount -n "__fish_headcount_using_subcommand status" -l frigate-user -d 'User with the role admin; without one, no sign-in [env: HEADCOUNT_FRIGATE_USER] [default: no sign-in]' -r
complete -c headcount -n "__fish_headcount_using_subcommand status" -l frigate-password-file -d 'File with the user\'s password [env: HEADCOUNT_FRIGATE_PASSWORD_FILE] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand status" -l frigate-certificate -d 'PEM file with trusted certificates of an https:// service [env: HEADCOUNT_FRIGATE_CERTIFICATE] [default: the system\'s]' -r
complete -c headcount -n "__fish_headcount_using_subcommand status" -l inventory-url -d 'Address of the inventory document [env: HEADCOUNT_INVENTORY_URL] [required]' -r
complete -c headcount -n "__fish_headcount_using_subcommand status" -l inventory-token-file -d 'File with the bearer token for the document [env: HEADCOUNT_INVENTORY_TOKEN_FILE] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand status" -l inventory-certificate -d 'PEM file with trusted certificates of an https:// URL [env: HEADCOUNT_INVENTORY_CERTIFICATE] [default: the system\'s]' -r
complete -c headcount -n "__fish_headcount_using_subcommand status" -l otlp-endpoint -d 'URL of the recipient; nothing is sent without it [env: HEADCOUNT_OTLP_ENDPOINT] [default: none, nothing is sent]' -r
complete -c headcount -n "__fish_headcount_using_subcommand status" -l otlp-protocol -d 'Protocol, or export to keep reports for `export` [env: HEADCOUNT_OTLP_PROTOCOL] [default: http/protobuf]' -r
complete -c headcount -n "__fish_headcount_using_subcommand status" -l otlp-headers-file -d 'File with request headers, one name=value per line [env: HEADCOUNT_OTLP_HEADERS_FILE] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand status" -l otlp-compression -d 'Compression of requests [env: HEADCOUNT_OTLP_COMPRESSION] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand status" -l otlp-timeout -d 'Time limit of one delivery attempt [env: HEADCOUNT_OTLP_TIMEOUT] [default: 10s]' -r
complete -c headcount -n "__fish_headcount_using_subcommand status" -l otlp-certificate -d 'PEM file with trusted certificates [env: HEADCOUNT_OTLP_CERTIFICATE] [default: the system\'s]' -r
complete -c headcount -n "__fish_headcount_using_subcommand status" -l otlp-client-certificate -d 'PEM file with the client certificate [env: HEADCOUNT_OTLP_CLIENT_CERTIFICATE] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand status" -l otlp-client-key -d 'PEM file with the client certificate\'s private key [env: HEADCOUNT_OTLP_CLIENT_KEY] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand status" -l otlp-insecure -d 'Allow unencrypted delivery to other hosts [env: HEADCOUNT_OTLP_INSECURE] [default: false]' -r
complete -c headcount -n "__fish_headcount_using_subcommand status" -l disabled -d 'Opt out and delete stored data; overrides all settings [env: HEADCOUNT_DISABLED] [default: false]' -r
complete -c headcount -n "__fish_headcount_using_subcommand status" -l consent-file -d 'Watched file that starts with granted or denied [env: HEADCOUNT_CONSENT_FILE] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand status" -l scrape-interval -d 'Time between two scrapes [env: HEADCOUNT_SCRAPE_INTERVAL] [default: 1h]' -r
complete -c headcount -n "__fish_headcount_using_subcommand status" -l report-interval -d 'Time between two reports [env: HEADCOUNT_REPORT_INTERVAL] [default: 24h]' -r
complete -c headcount -n "__fish_headcount_using_subcommand status" -l report-window -d 'Daily time range for sending, in UTC [env: HEADCOUNT_REPORT_WINDOW] [default: none, any time]' -r
complete -c headcount -n "__fish_headcount_using_subcommand status" -l first-report-after -d 'Delay before the first report [env: HEADCOUNT_FIRST_REPORT_AFTER] [default: 1h]' -r
complete -c headcount -n "__fish_headcount_using_subcommand status" -l state-dir -d 'Directory of the store [env: HEADCOUNT_STATE_DIR] [default: /var/lib/headcount]' -r
complete -c headcount -n "__fish_headcount_using_subcommand status" -l keep -d 'Retention of pending reports and the audit log [env: HEADCOUNT_KEEP] [default: 30d]' -r
complete -c headcount -n "__fish_headcount_using_subcommand status" -l install-guid -d 'Fixed install_guid (UUID version 4) [env: HEADCOUNT_INSTALL_GUID] [default: created with the first report]' -r
complete -c headcount -n "__fish_headcount_using_subcommand status" -l health-addr -d 'Address of the health endpoint, or off [env: HEADCOUNT_HEALTH_ADDR] [default: 127.0.0.1:13233]' -r
complete -c headcount -n "__fish_headcount_using_subcommand status" -l log-level -d 'Log level [env: HEADCOUNT_LOG_LEVEL] [default: info]' -r
complete -c headcount -n "__fish_headcount_using_subcommand status" -l log-format -d 'Log format [env: HEADCOUNT_LOG_FORMAT] [default: text]' -r
complete -c headcount -n "__fish_headcount_using_subcommand status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c headcount -n "__fish_headcount_using_subcommand audit" -l show -d 'Print the report of this audit line' -r
complete -c headcount -n "__fish_headcount_using_subcommand audit" -l format -d 'Output format' -r -f -a "text\t'Text for people'
json\t'JSON for programs'"
complete -c headcount -n "__fish_headcount_using_subcommand audit" -l service -d 'Service that is read [env: HEADCOUNT_SERVICE] [default: compreface]' -r
complete -c headcount -n "__fish_headcount_using_subcommand audit" -l compreface-url -d 'Address of the admin API [env: HEADCOUNT_COMPREFACE_URL] [required]' -r
complete -c headcount -n "__fish_headcount_using_subcommand audit" -l compreface-core-url -d 'Address of the core API, if different [env: HEADCOUNT_COMPREFACE_CORE_URL] [default: the address of the admin API]' -r
complete -c headcount -n "__fish_headcount_using_subcommand audit" -l compreface-email -d 'Email of an owner or administrator account [env: HEADCOUNT_COMPREFACE_EMAIL] [required]' -r
complete -c headcount -n "__fish_headcount_using_subcommand audit" -l compreface-password-file -d 'File with the account\'s password [env: HEADCOUNT_COMPREFACE_PASSWORD_FILE] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand audit" -l compreface-certificate -d 'PEM file with trusted certificates of an https:// service [env: HEADCOUNT_COMPREFACE_CERTIFICATE] [default: the system\'s]' -r
complete -c headcount -n "__fish_headcount_using_subcommand audit" -l frigate-url -d 'Address of Frigate [env: HEADCOUNT_FRIGATE_URL] [required]' -r
complete -c headcount -n "__fish_headcount_using_subcommand audit" -l frigate-user -d 'User with the role admin; without one, no sign-in [env: HEADCOUNT_FRIGATE_USER] [default: no sign-in]' -r
complete -c headcount -n "__fish_headcount_using_subcommand audit" -l frigate-password-file -d 'File with the user\'s password [env: HEADCOUNT_FRIGATE_PASSWORD_FILE] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand audit" -l frigate-certificate -d 'PEM file with trusted certificates of an https:// service [env: HEADCOUNT_FRIGATE_CERTIFICATE] [default: the system\'s]' -r
complete -c headcount -n "__fish_headcount_using_subcommand audit" -l inventory-url -d 'Address of the inventory document [env: HEADCOUNT_INVENTORY_URL] [required]' -r
complete -c headcount -n "__fish_headcount_using_subcommand audit" -l inventory-token-file -d 'File with the bearer token for the document [env: HEADCOUNT_INVENTORY_TOKEN_FILE] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand audit" -l inventory-certificate -d 'PEM file with trusted certificates of an https:// URL [env: HEADCOUNT_INVENTORY_CERTIFICATE] [default: the system\'s]' -r
complete -c headcount -n "__fish_headcount_using_subcommand audit" -l otlp-endpoint -d 'URL of the recipient; nothing is sent without it [env: HEADCOUNT_OTLP_ENDPOINT] [default: none, nothing is sent]' -r
complete -c headcount -n "__fish_headcount_using_subcommand audit" -l otlp-protocol -d 'Protocol, or export to keep reports for `export` [env: HEADCOUNT_OTLP_PROTOCOL] [default: http/protobuf]' -r
complete -c headcount -n "__fish_headcount_using_subcommand audit" -l otlp-headers-file -d 'File with request headers, one name=value per line [env: HEADCOUNT_OTLP_HEADERS_FILE] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand audit" -l otlp-compression -d 'Compression of requests [env: HEADCOUNT_OTLP_COMPRESSION] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand audit" -l otlp-timeout -d 'Time limit of one delivery attempt [env: HEADCOUNT_OTLP_TIMEOUT] [default: 10s]' -r
complete -c headcount -n "__fish_headcount_using_subcommand audit" -l otlp-certificate -d 'PEM file with trusted certificates [env: HEADCOUNT_OTLP_CERTIFICATE] [default: the system\'s]' -r
complete -c headcount -n "__fish_headcount_using_subcommand audit" -l otlp-client-certificate -d 'PEM file with the client certificate [env: HEADCOUNT_OTLP_CLIENT_CERTIFICATE] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand audit" -l otlp-client-key -d 'PEM file with the client certificate\'s private key [env: HEADCOUNT_OTLP_CLIENT_KEY] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand audit" -l otlp-insecure -d 'Allow unencrypted delivery to other hosts [env: HEADCOUNT_OTLP_INSECURE] [default: false]' -r
complete -c headcount -n "__fish_headcount_using_subcommand audit" -l disabled -d 'Opt out and delete stored data; overrides all settings [env: HEADCOUNT_DISABLED] [default: false]' -r
complete -c headcount -n "__fish_headcount_using_subcommand audit" -l consent-file -d 'Watched file that starts with granted or denied [env: HEADCOUNT_CONSENT_FILE] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand audit" -l scrape-interval -d 'Time between two scrapes [env: HEADCOUNT_SCRAPE_INTERVAL] [default: 1h]' -r
complete -c headcount -n "__fish_headcount_using_subcommand audit" -l report-interval -d 'Time between two reports [env: HEADCOUNT_REPORT_INTERVAL] [default: 24h]' -r
complete -c headcount -n "__fish_headcount_using_subcommand audit" -l report-window -d 'Daily time range for sending, in UTC [env: HEADCOUNT_REPORT_WINDOW] [default: none, any time]' -r
complete -c headcount -n "__fish_headcount_using_subcommand audit" -l first-report-after -d 'Delay before the first report [env: HEADCOUNT_FIRST_REPORT_AFTER] [default: 1h]' -r
complete -c headcount -n "__fish_headcount_using_subcommand audit" -l state-dir -d 'Directory of the store [env: HEADCOUNT_STATE_DIR] [default: /var/lib/headcount]' -r
complete -c headcount -n "__fish_headcount_using_subcommand audit" -l keep -d 'Retention of pending reports and the audit log [env: HEADCOUNT_KEEP] [default: 30d]' -r
complete -c headcount -n "__fish_headcount_using_subcommand audit" -l install-guid -d 'Fixed install_guid (UUID version 4) [env: HEADCOUNT_INSTALL_GUID] [default: created with the first report]' -r
complete -c headcount -n "__fish_headcount_using_subcommand audit" -l health-addr -d 'Address of the health endpoint, or off [env: HEADCOUNT_HEALTH_ADDR] [default: 127.0.0.1:13233]' -r
complete -c headcount -n "__fish_headcount_using_subcommand audit" -l log-level -d 'Log level [env: HEADCOUNT_LOG_LEVEL] [default: info]' -r
complete -c headcount -n "__fish_headcount_using_subcommand audit" -l log-format -d 'Log format [env: HEADCOUNT_LOG_FORMAT] [default: text]' -r
complete -c headcount -n "__fish_headcount_using_subcommand audit" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c headcount -n "__fish_headcount_using_subcommand disclose" -l format -d 'Output format' -r -f -a "text\t'Text for people'
json\t'JSON for programs'
markdown\t'Markdown for documents'"
complete -c headcount -n "__fish_headcount_using_subcommand disclose" -l service -d 'Service that is read [env: HEADCOUNT_SERVICE] [default: compreface]' -r
complete -c headcount -n "__fish_headcount_using_subcommand disclose" -l compreface-url -d 'Address of the admin API [env: HEADCOUNT_COMPREFACE_URL] [required]' -r
complete -c headcount -n "__fish_headcount_using_subcommand disclose" -l compreface-core-url -d 'Address of the core API, if different [env: HEADCOUNT_COMPREFACE_CORE_URL] [default: the address of the admin API]' -r
complete -c headcount -n "__fish_headcount_using_subcommand disclose" -l compreface-email -d 'Email of an owner or administrator account [env: HEADCOUNT_COMPREFACE_EMAIL] [required]' -r
complete -c headcount -n "__fish_headcount_using_subcommand disclose" -l compreface-password-file -d 'File with the account\'s password [env: HEADCOUNT_COMPREFACE_PASSWORD_FILE] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand disclose" -l compreface-certificate -d 'PEM file with trusted certificates of an https:// service [env: HEADCOUNT_COMPREFACE_CERTIFICATE] [default: the system\'s]' -r
complete -c headcount -n "__fish_headcount_using_subcommand disclose" -l frigate-url -d 'Address of Frigate [env: HEADCOUNT_FRIGATE_URL] [required]' -r
complete -c headcount -n "__fish_headcount_using_subcommand disclose" -l frigate-user -d 'User with the role admin; without one, no sign-in [env: HEADCOUNT_FRIGATE_USER] [default: no sign-in]' -r
complete -c headcount -n "__fish_headcount_using_subcommand disclose" -l frigate-password-file -d 'File with the user\'s password [env: HEADCOUNT_FRIGATE_PASSWORD_FILE] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand disclose" -l frigate-certificate -d 'PEM file with trusted certificates of an https:// service [env: HEADCOUNT_FRIGATE_CERTIFICATE] [default: the system\'s]' -r
complete -c headcount -n "__fish_headcount_using_subcommand disclose" -l inventory-url -d 'Address of the inventory document [env: HEADCOUNT_INVENTORY_URL] [required]' -r
complete -c headcount -n "__fish_headcount_using_subcommand disclose" -l inventory-token-file -d 'File with the bearer token for the document [env: HEADCOUNT_INVENTORY_TOKEN_FILE] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand disclose" -l inventory-certificate -d 'PEM file with trusted certificates of an https:// URL [env: HEADCOUNT_INVENTORY_CERTIFICATE] [default: the system\'s]' -r
complete -c headcount -n "__fish_headcount_using_subcommand disclose" -l otlp-endpoint -d 'URL of the recipient; nothing is sent without it [env: HEADCOUNT_OTLP_ENDPOINT] [default: none, nothing is sent]' -r
complete -c headcount -n "__fish_headcount_using_subcommand disclose" -l otlp-protocol -d 'Protocol, or export to keep reports for `export` [env: HEADCOUNT_OTLP_PROTOCOL] [default: http/protobuf]' -r
complete -c headcount -n "__fish_headcount_using_subcommand disclose" -l otlp-headers-file -d 'File with request headers, one name=value per line [env: HEADCOUNT_OTLP_HEADERS_FILE] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand disclose" -l otlp-compression -d 'Compression of requests [env: HEADCOUNT_OTLP_COMPRESSION] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand disclose" -l otlp-timeout -d 'Time limit of one delivery attempt [env: HEADCOUNT_OTLP_TIMEOUT] [default: 10s]' -r
complete -c headcount -n "__fish_headcount_using_subcommand disclose" -l otlp-certificate -d 'PEM file with trusted certificates [env: HEADCOUNT_OTLP_CERTIFICATE] [default: the system\'s]' -r
complete -c headcount -n "__fish_headcount_using_subcommand disclose" -l otlp-client-certificate -d 'PEM file with the client certificate [env: HEADCOUNT_OTLP_CLIENT_CERTIFICATE] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand disclose" -l otlp-client-key -d 'PEM file with the client certificate\'s private key [env: HEADCOUNT_OTLP_CLIENT_KEY] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand disclose" -l otlp-insecure -d 'Allow unencrypted delivery to other hosts [env: HEADCOUNT_OTLP_INSECURE] [default: false]' -r
complete -c headcount -n "__fish_headcount_using_subcommand disclose" -l disabled -d 'Opt out and delete stored data; overrides all settings [env: HEADCOUNT_DISABLED] [default: false]' -r
complete -c headcount -n "__fish_headcount_using_subcommand disclose" -l consent-file -d 'Watched file that starts with granted or denied [env: HEADCOUNT_CONSENT_FILE] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand disclose" -l scrape-interval -d 'Time between two scrapes [env: HEADCOUNT_SCRAPE_INTERVAL] [default: 1h]' -r
complete -c headcount -n "__fish_headcount_using_subcommand disclose" -l report-interval -d 'Time between two reports [env: HEADCOUNT_REPORT_INTERVAL] [default: 24h]' -r
complete -c headcount -n "__fish_headcount_using_subcommand disclose" -l report-window -d 'Daily time range for sending, in UTC [env: HEADCOUNT_REPORT_WINDOW] [default: none, any time]' -r
complete -c headcount -n "__fish_headcount_using_subcommand disclose" -l first-report-after -d 'Delay before the first report [env: HEADCOUNT_FIRST_REPORT_AFTER] [default: 1h]' -r
complete -c headcount -n "__fish_headcount_using_subcommand disclose" -l state-dir -d 'Directory of the store [env: HEADCOUNT_STATE_DIR] [default: /var/lib/headcount]' -r
complete -c headcount -n "__fish_headcount_using_subcommand disclose" -l keep -d 'Retention of pending reports and the audit log [env: HEADCOUNT_KEEP] [default: 30d]' -r
complete -c headcount -n "__fish_headcount_using_subcommand disclose" -l install-guid -d 'Fixed install_guid (UUID version 4) [env: HEADCOUNT_INSTALL_GUID] [default: created with the first report]' -r
complete -c headcount -n "__fish_headcount_using_subcommand disclose" -l health-addr -d 'Address of the health endpoint, or off [env: HEADCOUNT_HEALTH_ADDR] [default: 127.0.0.1:13233]' -r
complete -c headcount -n "__fish_headcount_using_subcommand disclose" -l log-level -d 'Log level [env: HEADCOUNT_LOG_LEVEL] [default: info]' -r
complete -c headcount -n "__fish_headcount_using_subcommand disclose" -l log-format -d 'Log format [env: HEADCOUNT_LOG_FORMAT] [default: text]' -r
complete -c headcount -n "__fish_headcount_using_subcommand disclose" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c headcount -n "__fish_headcount_using_subcommand view" -l output -d 'Output file, or - for stdout, instead of serving the page' -r -F
complete -c headcount -n "__fish_headcount_using_subcommand view" -l listen -d 'Address to serve the page on' -r
complete -c headcount -n "__fish_headcount_using_subcommand view" -l service -d 'Service that is read [env: HEADCOUNT_SERVICE] [default: compreface]' -r
complete -c headcount -n "__fish_headcount_using_subcommand view" -l compreface-url -d 'Address of the admin API [env: HEADCOUNT_COMPREFACE_URL] [required]' -r
complete -c headcount -n "__fish_headcount_using_subcommand view" -l compreface-core-url -d 'Address of the core API, if different [env: HEADCOUNT_COMPREFACE_CORE_URL] [default: the address of the admin API]' -r
complete -c headcount -n "__fish_headcount_using_subcommand view" -l compreface-email -d 'Email of an owner or administrator account [env: HEADCOUNT_COMPREFACE_EMAIL] [required]' -r
complete -c headcount -n "__fish_headcount_using_subcommand view" -l compreface-password-file -d 'File with the account\'s password [env: HEADCOUNT_COMPREFACE_PASSWORD_FILE] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand view" -l compreface-certificate -d 'PEM file with trusted certificates of an https:// service [env: HEADCOUNT_COMPREFACE_CERTIFICATE] [default: the system\'s]' -r
complete -c headcount -n "__fish_headcount_using_subcommand view" -l frigate-url -d 'Address of Frigate [env: HEADCOUNT_FRIGATE_URL] [required]' -r
complete -c headcount -n "__fish_headcount_using_subcommand view" -l frigate-user -d 'User with the role admin; without one, no sign-in [env: HEADCOUNT_FRIGATE_USER] [default: no sign-in]' -r
complete -c headcount -n "__fish_headcount_using_subcommand view" -l frigate-password-file -d 'File with the user\'s password [env: HEADCOUNT_FRIGATE_PASSWORD_FILE] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand view" -l frigate-certificate -d 'PEM file with trusted certificates of an https:// service [env: HEADCOUNT_FRIGATE_CERTIFICATE] [default: the system\'s]' -r
complete -c headcount -n "__fish_headcount_using_subcommand view" -l inventory-url -d 'Address of the inventory document [env: HEADCOUNT_INVENTORY_URL] [required]' -r
complete -c headcount -n "__fish_headcount_using_subcommand view" -l inventory-token-file -d 'File with the bearer token for the document [env: HEADCOUNT_INVENTORY_TOKEN_FILE] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand view" -l inventory-certificate -d 'PEM file with trusted certificates of an https:// URL [env: HEADCOUNT_INVENTORY_CERTIFICATE] [default: the system\'s]' -r
complete -c headcount -n "__fish_headcount_using_subcommand view" -l otlp-endpoint -d 'URL of the recipient; nothing is sent without it [env: HEADCOUNT_OTLP_ENDPOINT] [default: none, nothing is sent]' -r
complete -c headcount -n "__fish_headcount_using_subcommand view" -l otlp-protocol -d 'Protocol, or export to keep reports for `export` [env: HEADCOUNT_OTLP_PROTOCOL] [default: http/protobuf]' -r
complete -c headcount -n "__fish_headcount_using_subcommand view" -l otlp-headers-file -d 'File with request headers, one name=value per line [env: HEADCOUNT_OTLP_HEADERS_FILE] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand view" -l otlp-compression -d 'Compression of requests [env: HEADCOUNT_OTLP_COMPRESSION] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand view" -l otlp-timeout -d 'Time limit of one delivery attempt [env: HEADCOUNT_OTLP_TIMEOUT] [default: 10s]' -r
complete -c headcount -n "__fish_headcount_using_subcommand view" -l otlp-certificate -d 'PEM file with trusted certificates [env: HEADCOUNT_OTLP_CERTIFICATE] [default: the system\'s]' -r
complete -c headcount -n "__fish_headcount_using_subcommand view" -l otlp-client-certificate -d 'PEM file with the client certificate [env: HEADCOUNT_OTLP_CLIENT_CERTIFICATE] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand view" -l otlp-client-key -d 'PEM file with the client certificate\'s private key [env: HEADCOUNT_OTLP_CLIENT_KEY] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand view" -l otlp-insecure -d 'Allow unencrypted delivery to other hosts [env: HEADCOUNT_OTLP_INSECURE] [default: false]' -r
complete -c headcount -n "__fish_headcount_using_subcommand view" -l disabled -d 'Opt out and delete stored data; overrides all settings [env: HEADCOUNT_DISABLED] [default: false]' -r
complete -c headcount -n "__fish_headcount_using_subcommand view" -l consent-file -d 'Watched file that starts with granted or denied [env: HEADCOUNT_CONSENT_FILE] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand view" -l scrape-interval -d 'Time between two scrapes [env: HEADCOUNT_SCRAPE_INTERVAL] [default: 1h]' -r
complete -c headcount -n "__fish_headcount_using_subcommand view" -l report-interval -d 'Time between two reports [env: HEADCOUNT_REPORT_INTERVAL] [default: 24h]' -r
complete -c headcount -n "__fish_headcount_using_subcommand view" -l report-window -d 'Daily time range for sending, in UTC [env: HEADCOUNT_REPORT_WINDOW] [default: none, any time]' -r
complete -c headcount -n "__fish_headcount_using_subcommand view" -l first-report-after -d 'Delay before the first report [env: HEADCOUNT_FIRST_REPORT_AFTER] [default: 1h]' -r
complete -c headcount -n "__fish_headcount_using_subcommand view" -l state-dir -d 'Directory of the store [env: HEADCOUNT_STATE_DIR] [default: /var/lib/headcount]' -r
complete -c headcount -n "__fish_headcount_using_subcommand view" -l keep -d 'Retention of pending reports and the audit log [env: HEADCOUNT_KEEP] [default: 30d]' -r
complete -c headcount -n "__fish_headcount_using_subcommand view" -l install-guid -d 'Fixed install_guid (UUID version 4) [env: HEADCOUNT_INSTALL_GUID] [default: created with the first report]' -r
complete -c headcount -n "__fish_headcount_using_subcommand view" -l health-addr -d 'Address of the health endpoint, or off [env: HEADCOUNT_HEALTH_ADDR] [default: 127.0.0.1:13233]' -r
complete -c headcount -n "__fish_headcount_using_subcommand view" -l log-level -d 'Log level [env: HEADCOUNT_LOG_LEVEL] [default: info]' -r
complete -c headcount -n "__fish_headcount_using_subcommand view" -l log-format -d 'Log format [env: HEADCOUNT_LOG_FORMAT] [default: text]' -r
complete -c headcount -n "__fish_headcount_using_subcommand view" -l allow-other-hosts -d 'Allow an address that other hosts can reach'
complete -c headcount -n "__fish_headcount_using_subcommand view" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c headcount -n "__fish_headcount_using_subcommand check" -l service -d 'Service that is read [env: HEADCOUNT_SERVICE] [default: compreface]' -r
complete -c headcount -n "__fish_headcount_using_subcommand check" -l compreface-url -d 'Address of the admin API [env: HEADCOUNT_COMPREFACE_URL] [required]' -r
complete -c headcount -n "__fish_headcount_using_subcommand check" -l compreface-core-url -d 'Address of the core API, if different [env: HEADCOUNT_COMPREFACE_CORE_URL] [default: the address of the admin API]' -r
complete -c headcount -n "__fish_headcount_using_subcommand check" -l compreface-email -d 'Email of an owner or administrator account [env: HEADCOUNT_COMPREFACE_EMAIL] [required]' -r
complete -c headcount -n "__fish_headcount_using_subcommand check" -l compreface-password-file -d 'File with the account\'s password [env: HEADCOUNT_COMPREFACE_PASSWORD_FILE] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand check" -l compreface-certificate -d 'PEM file with trusted certificates of an https:// service [env: HEADCOUNT_COMPREFACE_CERTIFICATE] [default: the system\'s]' -r
complete -c headcount -n "__fish_headcount_using_subcommand check" -l frigate-url -d 'Address of Frigate [env: HEADCOUNT_FRIGATE_URL] [required]' -r
complete -c headcount -n "__fish_headcount_using_subcommand check" -l frigate-user -d 'User with the role admin; without one, no sign-in [env: HEADCOUNT_FRIGATE_USER] [default: no sign-in]' -r
complete -c headcount -n "__fish_headcount_using_subcommand check" -l frigate-password-file -d 'File with the user\'s password [env: HEADCOUNT_FRIGATE_PASSWORD_FILE] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand check" -l frigate-certificate -d 'PEM file with trusted certificates of an https:// service [env: HEADCOUNT_FRIGATE_CERTIFICATE] [default: the system\'s]' -r
complete -c headcount -n "__fish_headcount_using_subcommand check" -l inventory-url -d 'Address of the inventory document [env: HEADCOUNT_INVENTORY_URL] [required]' -r
complete -c headcount -n "__fish_headcount_using_subcommand check" -l inventory-token-file -d 'File with the bearer token for the document [env: HEADCOUNT_INVENTORY_TOKEN_FILE] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand check" -l inventory-certificate -d 'PEM file with trusted certificates of an https:// URL [env: HEADCOUNT_INVENTORY_CERTIFICATE] [default: the system\'s]' -r
complete -c headcount -n "__fish_headcount_using_subcommand check" -l otlp-endpoint -d 'URL of the recipient; nothing is sent without it [env: HEADCOUNT_OTLP_ENDPOINT] [default: none, nothing is sent]' -r
complete -c headcount -n "__fish_headcount_using_subcommand check" -l otlp-protocol -d 'Protocol, or export to keep reports for `export` [env: HEADCOUNT_OTLP_PROTOCOL] [default: http/protobuf]' -r
complete -c headcount -n "__fish_headcount_using_subcommand check" -l otlp-headers-file -d 'File with request headers, one name=value per line [env: HEADCOUNT_OTLP_HEADERS_FILE] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand check" -l otlp-compression -d 'Compression of requests [env: HEADCOUNT_OTLP_COMPRESSION] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand check" -l otlp-timeout -d 'Time limit of one delivery attempt [env: HEADCOUNT_OTLP_TIMEOUT] [default: 10s]' -r
complete -c headcount -n "__fish_headcount_using_subcommand check" -l otlp-certificate -d 'PEM file with trusted certificates [env: HEADCOUNT_OTLP_CERTIFICATE] [default: the system\'s]' -r
complete -c headcount -n "__fish_headcount_using_subcommand check" -l otlp-client-certificate -d 'PEM file with the client certificate [env: HEADCOUNT_OTLP_CLIENT_CERTIFICATE] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand check" -l otlp-client-key -d 'PEM file with the client certificate\'s private key [env: HEADCOUNT_OTLP_CLIENT_KEY] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand check" -l otlp-insecure -d 'Allow unencrypted delivery to other hosts [env: HEADCOUNT_OTLP_INSECURE] [default: false]' -r
complete -c headcount -n "__fish_headcount_using_subcommand check" -l disabled -d 'Opt out and delete stored data; overrides all settings [env: HEADCOUNT_DISABLED] [default: false]' -r
complete -c headcount -n "__fish_headcount_using_subcommand check" -l consent-file -d 'Watched file that starts with granted or denied [env: HEADCOUNT_CONSENT_FILE] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand check" -l scrape-interval -d 'Time between two scrapes [env: HEADCOUNT_SCRAPE_INTERVAL] [default: 1h]' -r
complete -c headcount -n "__fish_headcount_using_subcommand check" -l report-interval -d 'Time between two reports [env: HEADCOUNT_REPORT_INTERVAL] [default: 24h]' -r
complete -c headcount -n "__fish_headcount_using_subcommand check" -l report-window -d 'Daily time range for sending, in UTC [env: HEADCOUNT_REPORT_WINDOW] [default: none, any time]' -r
complete -c headcount -n "__fish_headcount_using_subcommand check" -l first-report-after -d 'Delay before the first report [env: HEADCOUNT_FIRST_REPORT_AFTER] [default: 1h]' -r
complete -c headcount -n "__fish_headcount_using_subcommand check" -l state-dir -d 'Directory of the store [env: HEADCOUNT_STATE_DIR] [default: /var/lib/headcount]' -r
complete -c headcount -n "__fish_headcount_using_subcommand check" -l keep -d 'Retention of pending reports and the audit log [env: HEADCOUNT_KEEP] [default: 30d]' -r
complete -c headcount -n "__fish_headcount_using_subcommand check" -l install-guid -d 'Fixed install_guid (UUID version 4) [env: HEADCOUNT_INSTALL_GUID] [default: created with the first report]' -r
complete -c headcount -n "__fish_headcount_using_subcommand check" -l health-addr -d 'Address of the health endpoint, or off [env: HEADCOUNT_HEALTH_ADDR] [default: 127.0.0.1:13233]' -r
complete -c headcount -n "__fish_headcount_using_subcommand check" -l log-level -d 'Log level [env: HEADCOUNT_LOG_LEVEL] [default: info]' -r
complete -c headcount -n "__fish_headcount_using_subcommand check" -l log-format -d 'Log format [env: HEADCOUNT_LOG_FORMAT] [default: text]' -r
complete -c headcount -n "__fish_headcount_using_subcommand check" -l endpoint -d 'Also send an empty request to the endpoint'
complete -c headcount -n "__fish_headcount_using_subcommand check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c headcount -n "__fish_headcount_using_subcommand export" -l service -d 'Service that is read [env: HEADCOUNT_SERVICE] [default: compreface]' -r
complete -c headcount -n "__fish_headcount_using_subcommand export" -l compreface-url -d 'Address of the admin API [env: HEADCOUNT_COMPREFACE_URL] [required]' -r
complete -c headcount -n "__fish_headcount_using_subcommand export" -l compreface-core-url -d 'Address of the core API, if different [env: HEADCOUNT_COMPREFACE_CORE_URL] [default: the address of the admin API]' -r
complete -c headcount -n "__fish_headcount_using_subcommand export" -l compreface-email -d 'Email of an owner or administrator account [env: HEADCOUNT_COMPREFACE_EMAIL] [required]' -r
complete -c headcount -n "__fish_headcount_using_subcommand export" -l compreface-password-file -d 'File with the account\'s password [env: HEADCOUNT_COMPREFACE_PASSWORD_FILE] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand export" -l compreface-certificate -d 'PEM file with trusted certificates of an https:// service [env: HEADCOUNT_COMPREFACE_CERTIFICATE] [default: the system\'s]' -r
complete -c headcount -n "__fish_headcount_using_subcommand export" -l frigate-url -d 'Address of Frigate [env: HEADCOUNT_FRIGATE_URL] [required]' -r
complete -c headcount -n "__fish_headcount_using_subcommand export" -l frigate-user -d 'User with the role admin; without one, no sign-in [env: HEADCOUNT_FRIGATE_USER] [default: no sign-in]' -r
complete -c headcount -n "__fish_headcount_using_subcommand export" -l frigate-password-file -d 'File with the user\'s password [env: HEADCOUNT_FRIGATE_PASSWORD_FILE] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand export" -l frigate-certificate -d 'PEM file with trusted certificates of an https:// service [env: HEADCOUNT_FRIGATE_CERTIFICATE] [default: the system\'s]' -r
complete -c headcount -n "__fish_headcount_using_subcommand export" -l inventory-url -d 'Address of the inventory document [env: HEADCOUNT_INVENTORY_URL] [required]' -r
complete -c headcount -n "__fish_headcount_using_subcommand export" -l inventory-token-file -d 'File with the bearer token for the document [env: HEADCOUNT_INVENTORY_TOKEN_FILE] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand export" -l inventory-certificate -d 'PEM file with trusted certificates of an https:// URL [env: HEADCOUNT_INVENTORY_CERTIFICATE] [default: the system\'s]' -r
complete -c headcount -n "__fish_headcount_using_subcommand export" -l otlp-endpoint -d 'URL of the recipient; nothing is sent without it [env: HEADCOUNT_OTLP_ENDPOINT] [default: none, nothing is sent]' -r
complete -c headcount -n "__fish_headcount_using_subcommand export" -l otlp-protocol -d 'Protocol, or export to keep reports for `export` [env: HEADCOUNT_OTLP_PROTOCOL] [default: http/protobuf]' -r
complete -c headcount -n "__fish_headcount_using_subcommand export" -l otlp-headers-file -d 'File with request headers, one name=value per line [env: HEADCOUNT_OTLP_HEADERS_FILE] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand export" -l otlp-compression -d 'Compression of requests [env: HEADCOUNT_OTLP_COMPRESSION] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand export" -l otlp-timeout -d 'Time limit of one delivery attempt [env: HEADCOUNT_OTLP_TIMEOUT] [default: 10s]' -r
complete -c headcount -n "__fish_headcount_using_subcommand export" -l otlp-certificate -d 'PEM file with trusted certificates [env: HEADCOUNT_OTLP_CERTIFICATE] [default: the system\'s]' -r
complete -c headcount -n "__fish_headcount_using_subcommand export" -l otlp-client-certificate -d 'PEM file with the client certificate [env: HEADCOUNT_OTLP_CLIENT_CERTIFICATE] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand export" -l otlp-client-key -d 'PEM file with the client certificate\'s private key [env: HEADCOUNT_OTLP_CLIENT_KEY] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand export" -l otlp-insecure -d 'Allow unencrypted delivery to other hosts [env: HEADCOUNT_OTLP_INSECURE] [default: false]' -r
complete -c headcount -n "__fish_headcount_using_subcommand export" -l disabled -d 'Opt out and delete stored data; overrides all settings [env: HEADCOUNT_DISABLED] [default: false]' -r
complete -c headcount -n "__fish_headcount_using_subcommand export" -l consent-file -d 'Watched file that starts with granted or denied [env: HEADCOUNT_CONSENT_FILE] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand export" -l scrape-interval -d 'Time between two scrapes [env: HEADCOUNT_SCRAPE_INTERVAL] [default: 1h]' -r
complete -c headcount -n "__fish_headcount_using_subcommand export" -l report-interval -d 'Time between two reports [env: HEADCOUNT_REPORT_INTERVAL] [default: 24h]' -r
complete -c headcount -n "__fish_headcount_using_subcommand export" -l report-window -d 'Daily time range for sending, in UTC [env: HEADCOUNT_REPORT_WINDOW] [default: none, any time]' -r
complete -c headcount -n "__fish_headcount_using_subcommand export" -l first-report-after -d 'Delay before the first report [env: HEADCOUNT_FIRST_REPORT_AFTER] [default: 1h]' -r
complete -c headcount -n "__fish_headcount_using_subcommand export" -l state-dir -d 'Directory of the store [env: HEADCOUNT_STATE_DIR] [default: /var/lib/headcount]' -r
complete -c headcount -n "__fish_headcount_using_subcommand export" -l keep -d 'Retention of pending reports and the audit log [env: HEADCOUNT_KEEP] [default: 30d]' -r
complete -c headcount -n "__fish_headcount_using_subcommand export" -l install-guid -d 'Fixed install_guid (UUID version 4) [env: HEADCOUNT_INSTALL_GUID] [default: created with the first report]' -r
complete -c headcount -n "__fish_headcount_using_subcommand export" -l health-addr -d 'Address of the health endpoint, or off [env: HEADCOUNT_HEALTH_ADDR] [default: 127.0.0.1:13233]' -r
complete -c headcount -n "__fish_headcount_using_subcommand export" -l log-level -d 'Log level [env: HEADCOUNT_LOG_LEVEL] [default: info]' -r
complete -c headcount -n "__fish_headcount_using_subcommand export" -l log-format -d 'Log format [env: HEADCOUNT_LOG_FORMAT] [default: text]' -r
complete -c headcount -n "__fish_headcount_using_subcommand export" -l take -d 'Mark exported reports as delivered'
complete -c headcount -n "__fish_headcount_using_subcommand export" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c headcount -n "__fish_headcount_using_subcommand erase" -l service -d 'Service that is read [env: HEADCOUNT_SERVICE] [default: compreface]' -r
complete -c headcount -n "__fish_headcount_using_subcommand erase" -l compreface-url -d 'Address of the admin API [env: HEADCOUNT_COMPREFACE_URL] [required]' -r
complete -c headcount -n "__fish_headcount_using_subcommand erase" -l compreface-core-url -d 'Address of the core API, if different [env: HEADCOUNT_COMPREFACE_CORE_URL] [default: the address of the admin API]' -r
complete -c headcount -n "__fish_headcount_using_subcommand erase" -l compreface-email -d 'Email of an owner or administrator account [env: HEADCOUNT_COMPREFACE_EMAIL] [required]' -r
complete -c headcount -n "__fish_headcount_using_subcommand erase" -l compreface-password-file -d 'File with the account\'s password [env: HEADCOUNT_COMPREFACE_PASSWORD_FILE] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand erase" -l compreface-certificate -d 'PEM file with trusted certificates of an https:// service [env: HEADCOUNT_COMPREFACE_CERTIFICATE] [default: the system\'s]' -r
complete -c headcount -n "__fish_headcount_using_subcommand erase" -l frigate-url -d 'Address of Frigate [env: HEADCOUNT_FRIGATE_URL] [required]' -r
complete -c headcount -n "__fish_headcount_using_subcommand erase" -l frigate-user -d 'User with the role admin; without one, no sign-in [env: HEADCOUNT_FRIGATE_USER] [default: no sign-in]' -r
complete -c headcount -n "__fish_headcount_using_subcommand erase" -l frigate-password-file -d 'File with the user\'s password [env: HEADCOUNT_FRIGATE_PASSWORD_FILE] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand erase" -l frigate-certificate -d 'PEM file with trusted certificates of an https:// service [env: HEADCOUNT_FRIGATE_CERTIFICATE] [default: the system\'s]' -r
complete -c headcount -n "__fish_headcount_using_subcommand erase" -l inventory-url -d 'Address of the inventory document [env: HEADCOUNT_INVENTORY_URL] [required]' -r
complete -c headcount -n "__fish_headcount_using_subcommand erase" -l inventory-token-file -d 'File with the bearer token for the document [env: HEADCOUNT_INVENTORY_TOKEN_FILE] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand erase" -l inventory-certificate -d 'PEM file with trusted certificates of an https:// URL [env: HEADCOUNT_INVENTORY_CERTIFICATE] [default: the system\'s]' -r
complete -c headcount -n "__fish_headcount_using_subcommand erase" -l otlp-endpoint -d 'URL of the recipient; nothing is sent without it [env: HEADCOUNT_OTLP_ENDPOINT] [default: none, nothing is sent]' -r
complete -c headcount -n "__fish_headcount_using_subcommand erase" -l otlp-protocol -d 'Protocol, or export to keep reports for `export` [env: HEADCOUNT_OTLP_PROTOCOL] [default: http/protobuf]' -r
complete -c headcount -n "__fish_headcount_using_subcommand erase" -l otlp-headers-file -d 'File with request headers, one name=value per line [env: HEADCOUNT_OTLP_HEADERS_FILE] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand erase" -l otlp-compression -d 'Compression of requests [env: HEADCOUNT_OTLP_COMPRESSION] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand erase" -l otlp-timeout -d 'Time limit of one delivery attempt [env: HEADCOUNT_OTLP_TIMEOUT] [default: 10s]' -r
complete -c headcount -n "__fish_headcount_using_subcommand erase" -l otlp-certificate -d 'PEM file with trusted certificates [env: HEADCOUNT_OTLP_CERTIFICATE] [default: the system\'s]' -r
complete -c headcount -n "__fish_headcount_using_subcommand erase" -l otlp-client-certificate -d 'PEM file with the client certificate [env: HEADCOUNT_OTLP_CLIENT_CERTIFICATE] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand erase" -l otlp-client-key -d 'PEM file with the client certificate\'s private key [env: HEADCOUNT_OTLP_CLIENT_KEY] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand erase" -l otlp-insecure -d 'Allow unencrypted delivery to other hosts [env: HEADCOUNT_OTLP_INSECURE] [default: false]' -r
complete -c headcount -n "__fish_headcount_using_subcommand erase" -l disabled -d 'Opt out and delete stored data; overrides all settings [env: HEADCOUNT_DISABLED] [default: false]' -r
complete -c headcount -n "__fish_headcount_using_subcommand erase" -l consent-file -d 'Watched file that starts with granted or denied [env: HEADCOUNT_CONSENT_FILE] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand erase" -l scrape-interval -d 'Time between two scrapes [env: HEADCOUNT_SCRAPE_INTERVAL] [default: 1h]' -r
complete -c headcount -n "__fish_headcount_using_subcommand erase" -l report-interval -d 'Time between two reports [env: HEADCOUNT_REPORT_INTERVAL] [default: 24h]' -r
complete -c headcount -n "__fish_headcount_using_subcommand erase" -l report-window -d 'Daily time range for sending, in UTC [env: HEADCOUNT_REPORT_WINDOW] [default: none, any time]' -r
complete -c headcount -n "__fish_headcount_using_subcommand erase" -l first-report-after -d 'Delay before the first report [env: HEADCOUNT_FIRST_REPORT_AFTER] [default: 1h]' -r
complete -c headcount -n "__fish_headcount_using_subcommand erase" -l state-dir -d 'Directory of the store [env: HEADCOUNT_STATE_DIR] [default: /var/lib/headcount]' -r
complete -c headcount -n "__fish_headcount_using_subcommand erase" -l keep -d 'Retention of pending reports and the audit log [env: HEADCOUNT_KEEP] [default: 30d]' -r
complete -c headcount -n "__fish_headcount_using_subcommand erase" -l install-guid -d 'Fixed install_guid (UUID version 4) [env: HEADCOUNT_INSTALL_GUID] [default: created with the first report]' -r
complete -c headcount -n "__fish_headcount_using_subcommand erase" -l health-addr -d 'Address of the health endpoint, or off [env: HEADCOUNT_HEALTH_ADDR] [default: 127.0.0.1:13233]' -r
complete -c headcount -n "__fish_headcount_using_subcommand erase" -l log-level -d 'Log level [env: HEADCOUNT_LOG_LEVEL] [default: info]' -r
complete -c headcount -n "__fish_headcount_using_subcommand erase" -l log-format -d 'Log format [env: HEADCOUNT_LOG_FORMAT] [default: text]' -r
complete -c headcount -n "__fish_headcount_using_subcommand erase" -l yes -d 'Skip the confirmation prompt'
complete -c headcount -n "__fish_headcount_using_subcommand erase" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c headcount -n "__fish_headcount_using_subcommand healthcheck" -l service -d 'Service that is read [env: HEADCOUNT_SERVICE] [default: compreface]' -r
complete -c headcount -n "__fish_headcount_using_subcommand healthcheck" -l compreface-url -d 'Address of the admin API [env: HEADCOUNT_COMPREFACE_URL] [required]' -r
complete -c headcount -n "__fish_headcount_using_subcommand healthcheck" -l compreface-core-url -d 'Address of the core API, if different [env: HEADCOUNT_COMPREFACE_CORE_URL] [default: the address of the admin API]' -r
complete -c headcount -n "__fish_headcount_using_subcommand healthcheck" -l compreface-email -d 'Email of an owner or administrator account [env: HEADCOUNT_COMPREFACE_EMAIL] [required]' -r
complete -c headcount -n "__fish_headcount_using_subcommand healthcheck" -l compreface-password-file -d 'File with the account\'s password [env: HEADCOUNT_COMPREFACE_PASSWORD_FILE] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand healthcheck" -l compreface-certificate -d 'PEM file with trusted certificates of an https:// service [env: HEADCOUNT_COMPREFACE_CERTIFICATE] [default: the system\'s]' -r
complete -c headcount -n "__fish_headcount_using_subcommand healthcheck" -l frigate-url -d 'Address of Frigate [env: HEADCOUNT_FRIGATE_URL] [required]' -r
complete -c headcount -n "__fish_headcount_using_subcommand healthcheck" -l frigate-user -d 'User with the role admin; without one, no sign-in [env: HEADCOUNT_FRIGATE_USER] [default: no sign-in]' -r
complete -c headcount -n "__fish_headcount_using_subcommand healthcheck" -l frigate-password-file -d 'File with the user\'s password [env: HEADCOUNT_FRIGATE_PASSWORD_FILE] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand healthcheck" -l frigate-certificate -d 'PEM file with trusted certificates of an https:// service [env: HEADCOUNT_FRIGATE_CERTIFICATE] [default: the system\'s]' -r
complete -c headcount -n "__fish_headcount_using_subcommand healthcheck" -l inventory-url -d 'Address of the inventory document [env: HEADCOUNT_INVENTORY_URL] [required]' -r
complete -c headcount -n "__fish_headcount_using_subcommand healthcheck" -l inventory-token-file -d 'File with the bearer token for the document [env: HEADCOUNT_INVENTORY_TOKEN_FILE] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand healthcheck" -l inventory-certificate -d 'PEM file with trusted certificates of an https:// URL [env: HEADCOUNT_INVENTORY_CERTIFICATE] [default: the system\'s]' -r
complete -c headcount -n "__fish_headcount_using_subcommand healthcheck" -l otlp-endpoint -d 'URL of the recipient; nothing is sent without it [env: HEADCOUNT_OTLP_ENDPOINT] [default: none, nothing is sent]' -r
complete -c headcount -n "__fish_headcount_using_subcommand healthcheck" -l otlp-protocol -d 'Protocol, or export to keep reports for `export` [env: HEADCOUNT_OTLP_PROTOCOL] [default: http/protobuf]' -r
complete -c headcount -n "__fish_headcount_using_subcommand healthcheck" -l otlp-headers-file -d 'File with request headers, one name=value per line [env: HEADCOUNT_OTLP_HEADERS_FILE] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand healthcheck" -l otlp-compression -d 'Compression of requests [env: HEADCOUNT_OTLP_COMPRESSION] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand healthcheck" -l otlp-timeout -d 'Time limit of one delivery attempt [env: HEADCOUNT_OTLP_TIMEOUT] [default: 10s]' -r
complete -c headcount -n "__fish_headcount_using_subcommand healthcheck" -l otlp-certificate -d 'PEM file with trusted certificates [env: HEADCOUNT_OTLP_CERTIFICATE] [default: the system\'s]' -r
complete -c headcount -n "__fish_headcount_using_subcommand healthcheck" -l otlp-client-certificate -d 'PEM file with the client certificate [env: HEADCOUNT_OTLP_CLIENT_CERTIFICATE] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand healthcheck" -l otlp-client-key -d 'PEM file with the client certificate\'s private key [env: HEADCOUNT_OTLP_CLIENT_KEY] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand healthcheck" -l otlp-insecure -d 'Allow unencrypted delivery to other hosts [env: HEADCOUNT_OTLP_INSECURE] [default: false]' -r
complete -c headcount -n "__fish_headcount_using_subcommand healthcheck" -l disabled -d 'Opt out and delete stored data; overrides all settings [env: HEADCOUNT_DISABLED] [default: false]' -r
complete -c headcount -n "__fish_headcount_using_subcommand healthcheck" -l consent-file -d 'Watched file that starts with granted or denied [env: HEADCOUNT_CONSENT_FILE] [default: none]' -r
complete -c headcount -n "__fish_headcount_using_subcommand healthcheck" -l scrape-interval -d 'Time between two scrapes [env: HEADCOUNT_SCRAPE_INTERVAL] [default: 1h]' -r
complete -c headcount -n "__fish_headcount_using_subcommand healthcheck" -l report-interval -d 'Time between two reports [env: HEADCOUNT_REPORT_INTERVAL] [default: 24h]' -r
complete -c headcount -n "__fish_headcount_using_subcommand healthcheck" -l report-window -d 'Daily time range for sending, in UTC [env: HEADCOUNT_REPORT_WINDOW] [default: none, any time]' -r
complete -c headcount -n "__fish_headcount_using_subcommand healthcheck" -l first-report-after -d 'Delay before the first report [env: HEADCOUNT_FIRST_REPORT_AFTER] [default: 1h]' -r
complete -c headcount -n "__fish_headcount_using_subcommand healthcheck" -l state-dir -d 'Directory of the store [env: HEADCOUNT_STATE_DIR] [default: /var/lib/headcount]' -r
complete -c headcount -n "__fish_headcount_using_subcommand healthcheck" -l keep -d 'Retention of pending reports and the audit log [env: HEADCOUNT_KEEP] [default: 30d]' -r
complete -c headcount -n "__fish_headcount_using_subcommand healthcheck" -l install-guid -d 'Fixed install_guid (UUID version 4) [env: HEADCOUNT_INSTALL_GUID] [default: created with the first report]' -r
complete -c headcount -n "__fish_headcount_using_subcommand healthcheck" -l health-addr -d 'Address of the health endpoint, or off [env: HEADCOUNT_HEALTH_ADDR] [default: 127.0.0.1:13233]' -r
complete -c headcount -n "__fish_headcount_using_subcommand healthcheck" -l log-level -d 'Log level [env: HEADCOUNT_LOG_LEVEL] [default: info]' -r
complete -c headcount -n "__fish_headcount_using_subcommand healthcheck" -l log-format -d 'Log format [env: HEADCOUNT_LOG_FORMAT] [default: text]' -r
complete -c headcount -n "__fish_headcount_using_subcommand healthcheck" -l sign-out -d 'Sign out and pause scraping (for a preStop hook)'
complete -c headcount -n "__fish_headcount_using_subcommand healthcheck" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c headcount -n "__fish_headcount_using_subcommand help; and not __fish_seen_subcommand_from run once preview status audit disclose view check export erase healthcheck help" -f -a "run" -d 'Run the sidecar until SIGTERM or SIGINT'
complete -c headcount -n "__fish_headcount_using_subcommand help; and not __fish_seen_subcommand_from run once preview status audit disclose view check export erase healthcheck help" -f -a "once" -d 'Scrape, report and deliver once, then exit'
complete -c headcount -n "__fish_headcount_using_subcommand help; and not __fish_seen_subcommand_from run once preview status audit disclose view check export erase healthcheck help" -f -a "preview" -d 'Print the report that would be sent, without sending it'
complete -c headcount -n "__fish_headcount_using_subcommand help; and not __fish_seen_subcommand_from run once preview status audit disclose view check export erase healthcheck help" -f -a "status" -d 'Show the decision, the store and recent deliveries'
complete -c headcount -n "__fish_headcount_using_subcommand help; and not __fish_seen_subcommand_from run once preview status audit disclose view check export erase healthcheck help" -f -a "audit" -d 'List every attempt to make or send a report'
complete -c headcount -n "__fish_headcount_using_subcommand help; and not __fish_seen_subcommand_from run once preview status audit disclose view check export erase healthcheck help" -f -a "disclose" -d 'Print everything that may be sent or requested'
complete -c headcount -n "__fish_headcount_using_subcommand help; and not __fish_seen_subcommand_from run once preview status audit disclose view check export erase healthcheck help" -f -a "view" -d 'Show all stored data as a local web page'
complete -c headcount -n "__fish_headcount_using_subcommand help; and not __fish_seen_subcommand_from run once preview status audit disclose view check export erase healthcheck help" -f -a "check" -d 'Check the settings and the sign-in'
complete -c headcount -n "__fish_headcount_using_subcommand help; and not __fish_seen_subcommand_from run once preview status audit disclose view check export erase healthcheck help" -f -a "export" -d 'Write pending reports as OTLP/JSON lines'
complete -c headcount -n "__fish_headcount_using_subcommand help; and not __fish_seen_subcommand_from run once preview status audit disclose view check export erase healthcheck help" -f -a "erase" -d 'Delete all stored data, after printing the receipts'
complete -c headcount -n "__fish_headcount_using_subcommand help; and not __fish_seen_subcommand_from run once preview status audit disclose view check export erase healthcheck help" -f -a "healthcheck" -d 'Query the health endpoint (exit 0: healthy, 1: not)'
complete -c headcount -n "__fish_headcount_using_subcommand help; and not __fish_seen_subcommand_from run once preview status audit disclose view check export erase healthcheck help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
