# The manual pages: the program writes them from its own tree of commands, from docs/configuration.md
# and docs/policy.md.
set(MAILBAN_MANUAL_DIR ${PROJECT_BINARY_DIR}/man)
add_custom_command(
    OUTPUT ${MAILBAN_MANUAL_DIR}/written
    COMMAND ${CMAKE_COMMAND} -E rm -rf ${MAILBAN_MANUAL_DIR}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${MAILBAN_MANUAL_DIR}/man1 ${MAILBAN_MANUAL_DIR}/man5
            ${MAILBAN_MANUAL_DIR}/man7
    COMMAND mailban __man ${MAILBAN_MANUAL_DIR} ${PROJECT_SOURCE_DIR}/docs
    COMMAND ${CMAKE_COMMAND} -E touch ${MAILBAN_MANUAL_DIR}/written
    DEPENDS mailban ${PROJECT_SOURCE_DIR}/docs/configuration.md ${PROJECT_SOURCE_DIR}/docs/policy.md
    COMMENT "Writing the manual pages"
    VERBATIM)
add_custom_target(manual ALL DEPENDS ${MAILBAN_MANUAL_DIR}/written)
