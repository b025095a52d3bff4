// firewalld's names on the system bus (firewalld.dbus(5)) and how long we wait for its answers.
#pragma once

#include <chrono>

namespace mailban::io::firewalld {

inline constexpr const char* kService = "org.fedoraproject.FirewallD1";
inline constexpr const char* kPath = "/org/fedoraproject/FirewallD1";
inline constexpr const char* kConfigPath = "/org/fedoraproject/FirewallD1/config";
inline constexpr const char* kConfig = "org.fedoraproject.FirewallD1.config";
inline constexpr const char* kPermanentIpset = "org.fedoraproject.FirewallD1.config.ipset";
inline constexpr const char* kIpset = "org.fedoraproject.FirewallD1.ipset";
inline constexpr const char* kPolicy = "org.fedoraproject.FirewallD1.policy";

inline constexpr std::chrono::seconds kLimit{10};
inline constexpr std::chrono::seconds kReloadLimit{120};
// firewalld checks and adds 20,000 entries a second.
inline constexpr std::chrono::milliseconds kLimitOfAnEntry{1};

}  // namespace mailban::io::firewalld
