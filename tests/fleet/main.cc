#include <algorithm>
#include <atomic>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <utility>

#include "tests/fleet/fleet.h"

namespace {

using namespace mercaptan;
using namespace mercaptan::fleet;

constexpr int kFailed = 1;
constexpr int kBadUsage = 2;

std::atomic<bool> stop_wanted{false};
static_assert(std::atomic<bool>::is_always_lock_free, "set by a signal handler");

int complain(const Error& error) {
    std::cerr << "mercaptan-fleet: " << error.message << '\n';
    return kBadUsage;
}

Result<District> make_district(const Options& options) {
    if (!options.registry.empty()) return read_registry(options.registry);
    return generate_district({.devices = options.devices,
                              .sites = options.sites,
                              .zones = options.zones,
                              .id_prefix = options.id_prefix,
                              .seed = options.seed});
}

/// The seconds after which the slowest device is expected to have reported again.
std::int64_t expected_interval_s(const Options& options, std::size_t devices) {
    if (options.expected_interval_s > 0) return options.expected_interval_s;
    double interval_s = options.interval_s;
    if (options.rate_per_s > 0) interval_s = static_cast<double>(devices) / options.rate_per_s;
    return std::max<std::int64_t>(1, static_cast<std::int64_t>(std::ceil(interval_s)));
}

Result<std::string> read_password(const std::string& path) {
    if (path.empty()) return std::string{};
    std::ifstream file(path);
    std::string password;
    if (!std::getline(file, password)) return fail(ErrorCode::io, path + ": can't be read");
    return password;
}

int run(const Options& options) {
    auto district = make_district(options);
    if (!district) return complain(district.error());
    if (!options.write_registry.empty()) {
        const auto written = write_registry(*district, options.write_registry,
                                            expected_interval_s(options, district->devices.size()));
        if (!written) return complain(written.error());
        if (options.registry_only) return 0;
    }
    Rng rng(options.seed);
    auto leaks = plan_leaks(options, *district, rng);
    if (!leaks) return complain(leaks.error());
    const auto password = read_password(options.password_file);
    if (!password) return complain(password.error());
    Manifest manifest;
    const auto opened = manifest.open(options.manifest);
    if (!opened) return complain(opened.error());
    if (!options.quiet) {
        std::fprintf(stderr, "fleet: seed %llu, %zu devices at %zu sites, %zu leaks\n",
                     static_cast<unsigned long long>(options.seed), district->devices.size(),
                     district->sites.size(), leaks->size());
    }
    Fleet fleet(options, std::move(*district), std::move(*leaks), manifest, *password);
    fleet.run(stop_wanted);
    std::cout << fleet.summary() << std::endl;
    return fleet.all_acknowledged() ? 0 : kFailed;
}

}  // namespace

int main(int argc, char** argv) {
    struct sigaction action {};
    action.sa_handler = [](int) { stop_wanted = true; };
    ::sigaction(SIGTERM, &action, nullptr);
    ::sigaction(SIGINT, &action, nullptr);
    int exit_code = 0;
    const auto options = parse_command_line(argc, argv, &exit_code);
    return options ? run(*options) : exit_code;
}
