"""What a teacher prints or shows: slides, handouts for teaching without computers, and the guide to the answers."""
