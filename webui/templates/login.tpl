% rebase('layout', title=t('login.title'), here='')
<section class="door">
<p class="brand">
% icon('logo')
<span>Frontdesk</span></p>
<h1>{{t('login.title')}}</h1>
<form method="post" action="/login">
% token_field()
<input type="hidden" name="next" value="{{place}}">
% fault_line(fault)
% field(t('login.name'), 'name', name, required=True, autocomplete='username', longest=40)
% field(t('login.password'), 'password', kind='password', required=True, autocomplete='current-password', longest=1000)
<label class="tick"><input type="checkbox" name="kept" value="yes"> {{t('login.kept')}}</label>
<button type="submit">{{t('login.button')}}</button>
</form>
<p class="quiet">{{t('login.idle', n=minutes)}}</p>
% with folded(t('login.forgotten')):
<p>{{t('login.forgotten_how')}}</p>
<p class="mono">python -m tools.password NAME</p>
% end
<p class="quiet"><a href="/help">{{t('nav.help')}}</a></p>
</section>
