# Prints what fish offers after `headcount `, loaded from its folder for packages.
complete --do-complete 'headcount '
