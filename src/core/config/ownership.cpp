#include "mailban/config/ownership.h"

namespace mailban {

namespace {

constexpr std::uint32_t kOthersWrite = 0002;
constexpr std::uint32_t kGroupWrites = 0020;
constexpr std::uint32_t kSticky = 01000;

std::string octal(std::uint32_t mode)
{
    std::string digits;
    for (int shift = 9; shift >= 0; shift -= 3)
        digits += static_cast<char>('0' + ((mode >> static_cast<unsigned>(shift)) & 7U));
    return digits;
}

std::string described(const Ownership& one)
{
    return one.path + " (mode " + octal(one.mode) + ")";
}

std::optional<std::string> distrust_of_owner(const Ownership& one, std::uint32_t own_user)
{
    if (one.user == 0 || one.user == own_user) return std::nullopt;
    return described(one) + " belongs to the user " + std::to_string(one.user) +
           ", who is neither root nor the user that mailban runs as; chown root " + one.path;
}

}  // namespace

std::optional<std::string> distrust_of_file(const Ownership& file, std::uint32_t own_user)
{
    if ((file.mode & kOthersWrite) != 0)
        return described(file) + " can be written by everybody; chmod o-w " + file.path;
    return distrust_of_owner(file, own_user);
}

std::optional<std::string> distrust_of_directory(const Ownership& directory, std::uint32_t own_user)
{
    if ((directory.mode & kOthersWrite) != 0 && (directory.mode & kSticky) == 0) {
        return "everybody can replace files in " + described(directory) + "; chmod o-w " +
               directory.path;
    }
    auto distrust = distrust_of_owner(directory, own_user);
    if (distrust) return "its directory " + *distrust;
    return std::nullopt;
}

std::optional<std::string> distrust_of_state(const Ownership& directory, std::uint32_t own_user)
{
    if ((directory.mode & kOthersWrite) != 0) {
        return "the state directory " + described(directory) +
               " can be written by everybody; chmod o-w " + directory.path;
    }
    auto distrust = distrust_of_owner(directory, own_user);
    if (distrust) return "the state directory " + *distrust + ", or run mailban as that user";
    return std::nullopt;
}

std::optional<std::string> doubt_about(const Ownership& file)
{
    if ((file.mode & kGroupWrites) == 0) return std::nullopt;
    return described(file) + " can be written by its group; if that is not meant, chmod g-w " +
           file.path;
}

}  // namespace mailban
