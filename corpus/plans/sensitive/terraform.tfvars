external_id      = "made-up-external-id"
partner_account  = "777788889999"
password         = "made-up-password"
session_password = "made-up-session-password"
