"""All promises that an adapter keeps, in the order in which they are tried."""

from adapters.conformance.reading import (
    an_unknown_case_is_permanent,
    changes_are_told_from_the_watermark_of_the_same_moment,
    changes_skip_nothing_that_is_born_while_paging,
    changes_tell_all_and_repeat_it,
    every_record_maps_without_a_gap,
    fetch_gives_the_same_version_until_something_happens,
    files_come_byte_for_byte,
    records_are_plain_and_complete,
    the_next_page_confirms_the_one_before,
)
from adapters.conformance.standing import (
    a_refused_account_stops_without_hammering,
    a_remote_that_is_down_is_unreachable,
    capabilities_cover_what_the_mapping_writes,
    catalogues_name_our_agency,
    errors_never_hold_what_a_sender_wrote,
    ping_proves_life,
)
from adapters.conformance.subject import Promise
from adapters.conformance.writing import (
    a_lost_reply_after_the_effect_is_in_doubt_and_found,
    a_lost_reply_before_the_effect_is_in_doubt_and_absent,
    a_state_that_forbids_is_a_conflict,
    a_write_takes_effect_once_under_its_key,
    an_operation_that_it_does_not_have_is_permanent,
    files_go_byte_for_byte,
    find_changes_nothing,
)

PROMISES: tuple[Promise, ...] = (
    changes_tell_all_and_repeat_it,
    changes_skip_nothing_that_is_born_while_paging,
    changes_are_told_from_the_watermark_of_the_same_moment,
    the_next_page_confirms_the_one_before,
    records_are_plain_and_complete,
    fetch_gives_the_same_version_until_something_happens,
    an_unknown_case_is_permanent,
    every_record_maps_without_a_gap,
    files_come_byte_for_byte,
    a_write_takes_effect_once_under_its_key,
    a_lost_reply_after_the_effect_is_in_doubt_and_found,
    a_lost_reply_before_the_effect_is_in_doubt_and_absent,
    find_changes_nothing,
    a_state_that_forbids_is_a_conflict,
    an_operation_that_it_does_not_have_is_permanent,
    files_go_byte_for_byte,
    a_refused_account_stops_without_hammering,
    a_remote_that_is_down_is_unreachable,
    catalogues_name_our_agency,
    ping_proves_life,
    capabilities_cover_what_the_mapping_writes,
    errors_never_hold_what_a_sender_wrote,
)
"""All promises; an adapter keeps every one."""
