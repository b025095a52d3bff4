"""What the lab's Dovecot is told, in the language of Dovecot 2.3 and in that of 2.4."""

import types

# Every folder of Dovecot's own is below /run, and gone with the machine.
DOVECOT_2_3 = types.SimpleNamespace(
    configuration="""
protocols = imap pop3 submission
listen = *, ::
log_path = {log}
auth_verbose = {auth_verbose}
disable_plaintext_auth = no
auth_mechanisms = plain login cram-md5
ssl = yes
ssl_cert = <{folder}/certificate.pem
ssl_key = <{folder}/key.pem
mail_location = maildir:{folder}/mail/%n
mail_max_userip_connections = 100
first_valid_uid = 1
{passwords}
userdb {{
  driver = static
  args = uid=mail gid=mail home={folder}/mail/%n allow_all_users=yes
}}
service auth {{
  unix_listener auth-client {{
    mode = 0666
  }}
}}
{delays}
service submission-login {{
  inet_listener submission {{
    port = 1587
  }}
}}
submission_relay_host = 127.0.0.1
""",
    passwords="""
passdb {{
  driver = passwd-file
  args = {list}
  {more}
}}
""",
    # The second question would delay a client a second time and learns nothing.
    asks="""
auth_policy_server_url = http://127.0.0.1:{port}/
auth_policy_server_api_header = X-API-Key: {key}
auth_policy_server_timeout_msecs = 200
auth_policy_hash_nonce = a-secret-of-this-machine
auth_policy_check_before_auth = yes
auth_policy_check_after_auth = no
auth_policy_report_after_auth = yes
auth_policy_reject_on_fail = no
auth_policy_request_attributes = login=%{{requested_username}} pwhash=%{{hashed_password}} remote=%{{rip}} device_id=%{{client_id}} protocol=%s session_id=%{{session}} mech=%m local_port=%{{lport}}
""")

# Exim waits for the handshake before it says its version, as servers of 2.3 allowed: auth-legacy.
DOVECOT_2_4 = types.SimpleNamespace(
    configuration="""
dovecot_config_version = 2.4.1
dovecot_storage_version = 2.4.1
protocols = imap pop3 submission
listen = *, ::
log_path = {log}
auth_verbose = {auth_verbose}
auth_allow_cleartext = yes
auth_mechanisms = plain login cram-md5
ssl = yes
ssl_server_cert_file = {folder}/certificate.pem
ssl_server_key_file = {folder}/key.pem
mail_driver = maildir
mail_path = {folder}/mail/%{{user|username}}
mail_max_userip_connections = 100
first_valid_uid = 1
{passwords}
userdb static {{
  fields {{
    uid = mail
    gid = mail
    home = {folder}/mail/%{{user|username}}
  }}
}}
service auth {{
  unix_listener auth-client {{
    mode = 0666
    type = auth-legacy
  }}
}}
{delays}
service submission-login {{
  inet_listener submission {{
    port = 1587
  }}
  inet_listener submissions {{
    port = 0
  }}
}}
submission_relay_host = 127.0.0.1
""",
    passwords="""
passdb {name} {{
  driver = passwd-file
  passwd_file_path = {list}
  {more}
}}
""",
    asks="""
auth_policy_server_url = http://127.0.0.1:{port}/
auth_policy_server_api_header = X-API-Key: {key}
auth_policy_hash_nonce = a-secret-of-this-machine
auth_policy_check_before_auth = yes
auth_policy_check_after_auth = no
auth_policy_report_after_auth = yes
auth_policy_reject_on_fail = no
auth_policy {{
  http_client_request_absolute_timeout = 200 msecs
}}
auth_policy_request_attributes {{
  login = %{{requested_username}}
  pwhash = %{{hashed_password}}
  remote = %{{remote_ip}}
  device_id = %{{client_id}}
  protocol = %{{protocol}}
  session_id = %{{session}}
  mech = %{{mechanism}}
  local_port = %{{local_port}}
}}
""")
