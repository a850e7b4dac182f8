-- SPDX-License-Identifier: Apache-2.0

-- name: test_people_canon
SELECT canon FROM person WHERE county = $1 AND key = $2
