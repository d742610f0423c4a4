from hypothesis import settings

settings.register_profile("course", derandomize=True, deadline=None, max_examples=30)
settings.load_profile("course")
