/* SPDX-License-Identifier: Apache-2.0
 *
 * zones_fields.h - the tables of fields of the facts zones.*, in the order of zones.h. Internal to zones.
 */
#ifndef SUSHUI_DOMAIN_ZONES_FIELDS_H
#define SUSHUI_DOMAIN_ZONES_FIELDS_H

#include "ledger/fact.h"

#define ZONES_ZONE_PROPOSED_N 8
extern const struct field zones_zone_proposed_fields[ZONES_ZONE_PROPOSED_N];
#define ZONES_ZONE_DECLARED_N 16
extern const struct field zones_zone_declared_fields[ZONES_ZONE_DECLARED_N];
#define ZONES_ZONE_CHANGED_N 9
extern const struct field zones_zone_changed_fields[ZONES_ZONE_CHANGED_N];
#define ZONES_ZONE_PROLONGED_N 7
extern const struct field zones_zone_prolonged_fields[ZONES_ZONE_PROLONGED_N];
#define ZONES_ZONE_STEPPED_DOWN_N 10
extern const struct field zones_zone_stepped_down_fields[ZONES_ZONE_STEPPED_DOWN_N];
#define ZONES_ZONE_LIFTED_N 4
extern const struct field zones_zone_lifted_fields[ZONES_ZONE_LIFTED_N];
#define ZONES_NOTICE_PUBLISHED_N 2
extern const struct field zones_notice_published_fields[ZONES_NOTICE_PUBLISHED_N];
#define ZONES_NONE_NEEDED_N 3
extern const struct field zones_none_needed_fields[ZONES_NONE_NEEDED_N];
#define ZONES_QUIET_RESET_N 6
extern const struct field zones_quiet_reset_fields[ZONES_QUIET_RESET_N];
#define ZONES_RISK_JUDGED_N 7
extern const struct field zones_risk_judged_fields[ZONES_RISK_JUDGED_N];
#define ZONES_ROLL_CLOSED_N 4
extern const struct field zones_roll_closed_fields[ZONES_ROLL_CLOSED_N];
#define ZONES_SERVICE_DONE_N 4
extern const struct field zones_service_done_fields[ZONES_SERVICE_DONE_N];
#define ZONES_POINT_OPENED_N 7
extern const struct field zones_point_opened_fields[ZONES_POINT_OPENED_N];
#define ZONES_SLOT_ASSIGNED_N 4
extern const struct field zones_slot_assigned_fields[ZONES_SLOT_ASSIGNED_N];
#define ZONES_EXIT_GRANTED_N 7
extern const struct field zones_exit_granted_fields[ZONES_EXIT_GRANTED_N];
#define ZONES_EXIT_RETURNED_N 2
extern const struct field zones_exit_returned_fields[ZONES_EXIT_RETURNED_N];
#define ZONES_HOUSEHOLD_MOVED_OUT_N 4
extern const struct field zones_household_moved_out_fields[ZONES_HOUSEHOLD_MOVED_OUT_N];
#define ZONES_HOUSEHOLD_MOVED_BACK_N 1
extern const struct field zones_household_moved_back_fields[ZONES_HOUSEHOLD_MOVED_BACK_N];
#define ZONES_POST_SET_N 5
extern const struct field zones_post_set_fields[ZONES_POST_SET_N];
#define ZONES_POST_MANNED_N 2
extern const struct field zones_post_manned_fields[ZONES_POST_MANNED_N];
#define ZONES_POST_LEFT_N 2
extern const struct field zones_post_left_fields[ZONES_POST_LEFT_N];
#define ZONES_BARRIER_SET_N 11
extern const struct field zones_barrier_set_fields[ZONES_BARRIER_SET_N];
#define ZONES_BARRIER_CHECKED_N 3
extern const struct field zones_barrier_checked_fields[ZONES_BARRIER_CHECKED_N];
#define ZONES_BARRIER_REMOVED_N 1
extern const struct field zones_barrier_removed_fields[ZONES_BARRIER_REMOVED_N];

#endif
