#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>

#include "common/domain/result.h"
#include "processor/core/effect.h"
#include "processor/core/ticket_model.h"

// Every sentence that people get to read, in Chinese and English, in one place.
namespace mercaptan::processor {

struct Text {
    std::string_view zh;
    std::string_view en;
};

/// One thing to do while help is on its way.
struct GuidanceStep {
    std::string_view id;  // `close_valve`, `open_windows`, …: for check lists.
    Text text;
};

/// What a caller is told at once. `summary` says all steps in one go, to be read out.
struct Guidance {
    Text summary;
    std::span<const GuidanceStep> steps;
};

/// The advice for a ticket's cause: its condition (`gas.alarm`, `co.dose`, `report.fire`). Carbon
/// monoxide and fire have their own; everything else gets the advice for escaping gas, because a
/// fault that was reported as harmless may not be.
[[nodiscard]] Guidance guidance_for(std::string_view cause_condition);

/// The title of a problem document.
[[nodiscard]] Text title_of(ErrorCode code);

[[nodiscard]] Text name_of(TicketClass ticket_class);
/// A clock by the name it has in policies; a name that only one utility uses stands for itself.
[[nodiscard]] Text name_of_clock(std::string_view clock);

/// The reason of a page, and the note in a history, for a deadline that its calendar does not
/// cover.
[[nodiscard]] std::string reason_of_missing_year(int year, std::string_view clock);

/// What somebody who was woken reads first.
struct PageText {
    std::string zh;
    std::string en;
};
[[nodiscard]] PageText text_of(const Page& page);
/// Why the page of an area incident was sent.
[[nodiscard]] std::string area_reason(std::uint64_t addresses);

}  // namespace mercaptan::processor
