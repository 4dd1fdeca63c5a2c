#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>

#include "common/domain/result.h"
#include "processor/core/record.h"
#include "processor/io/rows.h"

namespace mercaptan::processor::api {

/// A person's report as the processor takes it.
struct Report {
    OperatorCommand command;
    std::optional<Reporter> reporter;
    std::string cause_condition;  // `report.gas_smell`: decides the guidance.
};

/// Reads the body of `POST /api/v1/tickets` strictly. Fails with invalid_input and the field.
[[nodiscard]] Result<Report> read_report(const boost::json::object& body, Instant now);

}  // namespace mercaptan::processor::api
