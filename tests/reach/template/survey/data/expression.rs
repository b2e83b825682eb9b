from_the_file(3) * 2
