"""What a study is: its parameters, its tasks, and the files that it keeps."""
